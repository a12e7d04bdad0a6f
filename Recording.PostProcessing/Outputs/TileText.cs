using System.Globalization;
using System.Text;

namespace Recording.PostProcessing.Outputs;

/// <summary>Makes what people call themselves fit to be drawn: one line, a bounded length, no control characters. Everything else stays as it is.</summary>
public static class TileText
{
    /// <summary>A label of at most <paramref name="longest"/> characters as a reader counts them.</summary>
    public static string Label(string name, int longest)
    {
        List<string> elements = Elements(name);
        return elements.Count <= longest ? string.Concat(elements) : string.Concat(elements.Take(Math.Max(1, longest - 1))).TrimEnd() + "…";
    }

    /// <summary>First letters of the first and the last word, <c>?</c> when there are none.</summary>
    public static string Initials(string name)
    {
        string[] words = string.Concat(Elements(name)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string?[] letters = [.. words.Select(FirstLetter).Where(letter => letter is not null)];
        return letters.Length switch
        {
            0 => "?",
            1 => letters[0]!,
            _ => letters[0] + letters[^1],
        };
    }

    private static string? FirstLetter(string word)
    {
        TextElementEnumerator elements = StringInfo.GetTextElementEnumerator(word);
        while (elements.MoveNext())
        {
            string element = elements.GetTextElement();
            if (Rune.TryGetRuneAt(element, 0, out Rune rune) && Rune.IsLetterOrDigit(rune))
            {
                return element.ToUpperInvariant();
            }
        }

        return null;
    }

    private static List<string> Elements(string name)
    {
        var clean = new StringBuilder(name.Length);
        bool space = true;
        foreach (Rune rune in name.EnumerateRunes())
        {
            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            if (Rune.IsWhiteSpace(rune) || category is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                if (!space)
                {
                    clean.Append(' ');
                }

                space = true;
            }
            else
            {
                clean.Append(rune.ToString());
                space = false;
            }
        }

        List<string> elements = [];
        TextElementEnumerator enumerator = StringInfo.GetTextElementEnumerator(clean.ToString().TrimEnd());
        while (enumerator.MoveNext())
        {
            elements.Add(enumerator.GetTextElement());
        }

        return elements;
    }
}
