using System.Globalization;
using System.Reflection;
using System.Text;
using Orleans;
using Recording.Grains.Abstractions.Tracks;

namespace Recording.Grains.Tests;

/// <summary>
/// What silos of two versions must agree on: aliases of grain interfaces, their methods and DTOs, ids of DTO members, values of enums.
/// Members that are gone stay as <c>removed</c>, because their ids are never used again.
/// </summary>
internal static class AliasManifest
{
    private const string Removed = "removed";

    /// <summary>The manifest of the assembly, with what <paramref name="previous"/> says is removed carried over.</summary>
    public static string Describe(string previous)
    {
        Dictionary<string, HashSet<string>> before = IdsByHeading(previous);
        var text = new StringBuilder();
        Type[] types = [.. typeof(ITrackGrain).Assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal)];
        foreach (Type type in types.Where(IsGrainInterface))
        {
            text.Append("interface ").AppendLine(AliasOf(type));
            Append(text, type.GetMethods().Select(m => (AliasOf(m), Signature(m))), []);
        }

        foreach (Type type in types.Where(IsSerializable))
        {
            string heading = $"type {AliasOf(type)}";
            text.AppendLine(heading);
            Append(text, Members(type).Select(m => (m.Id.ToString(CultureInfo.InvariantCulture), $"{m.Name} {Name(m.Type)}")), before.GetValueOrDefault(heading) ?? []);
        }

        foreach (Type type in types.Where(t => t.IsEnum))
        {
            text.Append("enum ").AppendLine(type.FullName);
            Append(text, Enum.GetNames(type).Select(n => (Convert.ToInt64(Enum.Parse(type, n), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture), n)), []);
        }

        return text.Replace("\r", "").ToString();
    }

    /// <summary>Rules that no manifest can excuse: missing aliases, ids used twice or again.</summary>
    public static IReadOnlyList<string> FindFaults(string previous)
    {
        List<string> faults = [];
        Type[] types = typeof(ITrackGrain).Assembly.GetExportedTypes();
        IEnumerable<MemberInfo> named = types.Where(t => IsGrainInterface(t) || IsSerializable(t)).Cast<MemberInfo>().Concat(types.Where(IsGrainInterface).SelectMany(t => t.GetMethods()));
        faults.AddRange(named.Where(m => m.GetCustomAttribute<AliasAttribute>(inherit: false) is null).Select(m => $"{m.DeclaringType?.Name}.{m.Name} has no [Alias]"));
        faults.AddRange(named.OfType<Type>().Where(t => t.GetCustomAttribute<AliasAttribute>(inherit: false) is not null).GroupBy(AliasOf, StringComparer.Ordinal)
            .Where(g => g.Count() > 1).Select(g => $"alias {g.Key} is used {g.Count()} times"));
        foreach (Type type in types.Where(IsSerializable))
        {
            faults.AddRange(Members(type).GroupBy(m => m.Id).Where(g => g.Count() > 1).Select(g => $"{type.Name} uses id {g.Key} {g.Count()} times"));
            faults.AddRange(DataProperties(type).Where(p => p.GetCustomAttribute<IdAttribute>() is null).Select(p => $"{type.Name}.{p.Name} has no [Id] and would not travel"));
            HashSet<string> gone = RemovedIds(previous, $"type {AliasOf(type)}");
            faults.AddRange(Members(type).Where(m => gone.Contains(m.Id.ToString(CultureInfo.InvariantCulture))).Select(m => $"{type.Name}.{m.Name} uses id {m.Id} of a removed member"));
        }

        return faults;
    }

    private static bool IsGrainInterface(Type type) => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type);

    private static bool IsSerializable(Type type) => type.GetCustomAttribute<GenerateSerializerAttribute>(inherit: false) is not null && !type.IsEnum;

    private static string AliasOf(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias ?? $"(none) {member.Name}";

    private static string Signature(MethodInfo method) => $"({string.Join(", ", method.GetParameters().Select(p => Name(p.ParameterType)))}) {Name(method.ReturnType)}";

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    private static IEnumerable<PropertyInfo> DataProperties(Type type) => type
        .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        .Where(p => p.CanWrite && p.GetIndexParameters().Length == 0);

    private static IEnumerable<(uint Id, string Name, Type Type)> Members(Type type)
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (PropertyInfo property in type.GetProperties(Own))
        {
            if (property.GetCustomAttribute<IdAttribute>() is { } id)
            {
                yield return (id.Id, property.Name, property.PropertyType);
            }
        }

        foreach (FieldInfo field in type.GetFields(Own))
        {
            if (field.GetCustomAttribute<IdAttribute>() is { } id)
            {
                yield return (id.Id, field.Name, field.FieldType);
            }
        }
    }

    private static void Append(StringBuilder text, IEnumerable<(string Id, string What)> lines, HashSet<string> before)
    {
        List<(string Id, string What)> all = [.. lines];
        all.AddRange(before.Except(all.Select(l => l.Id), StringComparer.Ordinal).Select(id => (id, Removed)));
        foreach ((string id, string what) in all.OrderBy(l => l.Id.Length).ThenBy(l => l.Id, StringComparer.Ordinal))
        {
            text.Append("  ").Append(id).Append(' ').AppendLine(what);
        }
    }

    private static Dictionary<string, HashSet<string>> IdsByHeading(string manifest)
    {
        Dictionary<string, HashSet<string>> found = new(StringComparer.Ordinal);
        HashSet<string>? current = null;
        foreach (string line in manifest.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!line.StartsWith(' '))
            {
                found[line] = current = new HashSet<string>(StringComparer.Ordinal);
            }
            else
            {
                current?.Add(line.Trim().Split(' ')[0]);
            }
        }

        return found;
    }

    private static HashSet<string> RemovedIds(string manifest, string heading)
    {
        HashSet<string> gone = new(StringComparer.Ordinal);
        bool inside = false;
        foreach (string line in manifest.Split('\n'))
        {
            inside = line.StartsWith(' ') ? inside : line == heading;
            if (inside && line.EndsWith(" " + Removed, StringComparison.Ordinal))
            {
                gone.Add(line.Trim().Split(' ')[0]);
            }
        }

        return gone;
    }
}
