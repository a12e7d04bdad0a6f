namespace Recording.PostProcessing.Report;

/// <summary>The look of the report: one sheet inside the page, light and dark, from 360 px up.</summary>
internal static class HtmlStyle
{
    public const string Sheet = """
        :root{color-scheme:light dark;--bg:#fbfbfa;--card:#fff;--ink:#1d2226;--soft:#5b666f;--line:#dde2e6;--lane:#eef1f3;
        --got:#3f78b5;--loss:#d1242f;--link:#8a3ffc;--paused:#b3bac1;--muted:#e0a100;--dtx:#a9c7e6;--silent:#d8cfae;--stopped:#cfd5da;--stalled:#e8711a;--good:#1a7f4b;--fair:#9a6700;--bad:#d1242f}
        @media (prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1c2024;--ink:#e7eaed;--soft:#9aa5af;--line:#333a41;--lane:#262c32;
        --got:#5b9bdc;--loss:#ff6b6b;--link:#b58cff;--paused:#59626b;--muted:#e3b341;--dtx:#37587a;--silent:#6d6644;--stopped:#454d55;--stalled:#ff9a4d;--good:#3fb97c;--fair:#e3b341;--bad:#ff6b6b}}
        *{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
        main{max-width:1100px;margin:0 auto;padding:16px}h1{font-size:1.4rem;margin:0 0 4px;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:28px 0 8px}h3{font-size:1rem;margin:14px 0 2px;overflow-wrap:anywhere}
        p{margin:4px 0}.soft{color:var(--soft)}.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px;margin:8px 0}
        header{display:flex;gap:16px;align-items:center;flex-wrap:wrap}header>div{flex:1 1 240px;min-width:0;overflow-wrap:anywhere}
        .score{flex:0 0 auto;width:92px;height:92px;border-radius:50%;border:6px solid currentColor;display:grid;place-content:center;text-align:center;font-size:1.8rem;font-weight:700;line-height:1}
        .score small{display:block;font-size:.7rem;font-weight:400;color:var(--soft);margin-top:3px}.good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}
        ul{margin:0;padding:0;list-style:none}li{padding:5px 0 5px 12px;border-left:4px solid var(--line);margin:4px 0;overflow-wrap:anywhere}li.major{border-color:var(--bad)}li.minor{border-color:var(--muted)}
        .lane{display:grid;grid-template-columns:190px minmax(0,1fr);gap:2px 12px;align-items:center;margin:3px 0}.lane>div:first-child{overflow-wrap:anywhere;font-size:.88rem;line-height:1.3}
        svg{display:block;width:100%;background:var(--lane);border-radius:3px}svg.rate{background:none}
        .axis{position:relative;height:1.4em;color:var(--soft);font-size:.78rem}.axis span{position:absolute;transform:translateX(-50%);white-space:nowrap}.axis span:first-child{transform:none}.axis span:last-child{transform:translateX(-100%)}
        .got{fill:var(--got)}.loss{fill:var(--loss)}.link{fill:var(--link)}.paused{fill:var(--paused)}.muted{fill:var(--muted)}.dtx{fill:var(--dtx)}.silent{fill:var(--silent)}.stopped{fill:var(--stopped)}.stalled{fill:var(--stalled)}.freeze{fill:var(--loss)}
        .curve{fill:none;stroke:var(--soft);stroke-width:1.2;vector-effect:non-scaling-stroke}.key{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.8rem;color:var(--soft);margin-top:10px}.key span{display:flex;align-items:center;gap:5px}.key i{width:12px;height:12px;border-radius:2px}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.88rem}th,td{text-align:left;padding:4px 10px 4px 0;border-bottom:1px solid var(--line);vertical-align:top}th{font-weight:600;color:var(--soft)}.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}td.w{overflow-wrap:anywhere;min-width:90px}td.w:not(.path) bdi{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}td.s{min-width:150px}
        details summary{cursor:pointer;color:var(--soft);padding:4px 0}
        @media (max-width:640px){.lane{grid-template-columns:minmax(0,1fr);margin:8px 0}main{padding:10px}}
        @media print{.card{break-inside:avoid}}
        """;
}
