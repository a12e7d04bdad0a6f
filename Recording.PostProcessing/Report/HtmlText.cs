using System.Globalization;
using System.Text;

namespace Recording.PostProcessing.Report;

/// <summary>Writes HTML: everything that is not markup of our own goes through <see cref="Text"/>.</summary>
internal sealed class HtmlText
{
    private const char Replacement = '\uFFFD';
    private readonly StringBuilder _html = new();

    /// <summary>Our own markup, as it is.</summary>
    public HtmlText Markup(string html)
    {
        _html.Append(html);
        return this;
    }

    /// <summary>Anybody's text: escaped for element content and quoted attributes; what HTML cannot hold is replaced.</summary>
    public HtmlText Text(string text)
    {
        _html.Append(Escape(text));
        return this;
    }

    /// <summary>A name in an element of its own, so that its writing direction stays inside.</summary>
    public HtmlText Name(string text) => Markup("<bdi>").Text(text).Markup("</bdi>");

    /// <summary>An element that holds text only.</summary>
    /// <param name="element">Our own: <c>td</c>, or <c>td class="n"</c>.</param>
    /// <param name="text">Anybody's.</param>
    public HtmlText Element(string element, string text)
    {
        string name = element.Split(' ')[0];
        return Markup($"<{element}>").Text(text).Markup($"</{name}>");
    }

    /// <inheritdoc />
    public override string ToString() => _html.ToString();

    /// <summary>A number for an attribute of SVG.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (char.IsHighSurrogate(letter) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                escaped.Append(letter).Append(text[++i]);
                continue;
            }

            _ = letter switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                '\n' or '\t' => escaped.Append(letter),
                _ when char.IsControl(letter) || char.IsSurrogate(letter) => escaped.Append(Replacement),
                _ => escaped.Append(letter),
            };
        }

        return escaped.ToString();
    }
}
