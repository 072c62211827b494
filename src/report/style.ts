// The report's looks: light and dark by the reader's setting, one column on a phone, no font or picture from elsewhere.

export const style = `
:root { color-scheme: light dark; --ground: #fbfaf8; --raised: #fff; --ink: #1d1f23; --soft: #5b6067; --line: #dedbd5; --accent: #0b5cad;
  --up: #116b3a; --down: #a8321f; --c0: #0b5cad; --c1: #b45309; --c2: #11703c; --c3: #9d2f76; --c4: #5a4fcf; --c5: #57606a; }
@media (prefers-color-scheme: dark) { :root { --ground: #15171a; --raised: #1d2024; --ink: #e8e6e1; --soft: #a3a8ae; --line: #363a40; --accent: #7ab8ff;
  --up: #5fce8c; --down: #ff8f7a; --c0: #6fb1ff; --c1: #f2a65a; --c2: #62cf8f; --c3: #f28cc7; --c4: #ada5ff; --c5: #b3bac2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 76rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; } h2 { margin: 2.6rem 0 .8rem; font-size: 1.35rem; }
h3 { margin: 2rem 0 .6rem; font-size: 1.1rem; } h4 { margin: 1.2rem 0 .4rem; font-size: .95rem; } h5 { margin: .8rem 0 0; font-size: .85rem; }
.kind, .note { color: var(--soft); font-weight: normal; font-size: .85rem; }
p { margin: .4rem 0; max-width: 60rem; } a { color: var(--accent); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: 1rem 0 0; padding: 0; list-style: none; }
.scroll { position: relative; overflow-x: auto; margin: .8rem 0; } .scroll:focus-visible { outline: 2px solid var(--accent); }
table { border-collapse: collapse; background: var(--raised); font-variant-numeric: tabular-nums; font-size: .9rem; }
caption { padding: .2rem 0 .4rem; text-align: left; font-weight: 600; }
th, td { padding: .35rem .7rem; border: 1px solid var(--line); text-align: right; vertical-align: top; white-space: nowrap; }
.text, th[scope=row], thead tr:first-child th:first-child { text-align: left; }
td.text, tbody th { white-space: normal; max-width: 34rem; overflow-wrap: break-word; } td.text { min-width: 5rem; }
thead th { font-weight: 600; } th[scope=colgroup] { text-align: center; }
.scores tbody th { position: sticky; left: 0; min-width: 7rem; max-width: 40vw; overflow-wrap: anywhere; background: var(--raised); }
.scores .interval { display: block; } .scores .first { border-left-width: 2px; } td .value { font-weight: 600; } .paper .value { font-weight: 400; }
.interval { color: var(--soft); font-size: .8em; }
.delta { display: block; font-size: .8em; } .within { color: var(--soft); } .up { color: var(--up); } .down { color: var(--down); }
.apart { color: var(--accent); } .none { color: var(--soft); }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: 1rem; margin: .8rem 0; }
.chart { margin: 0; padding: .6rem .7rem .4rem; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; }
figcaption { font-size: .85rem; font-weight: 600; } .chart svg { display: block; width: 100%; height: auto; }
.chart text { fill: var(--soft); font-size: 10px; } .grid { stroke: var(--line); stroke-width: 1; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } .pale { stroke-width: 1; opacity: .35; } .band { opacity: .16; stroke: none; }
.legend { display: flex; flex-wrap: wrap; gap: 0 .9rem; margin: .1rem 0 0; color: var(--soft); font-size: .78rem; }
.swatch { display: inline-block; width: .65em; height: .65em; margin-right: .35em; border-radius: 2px; }
${[0, 1, 2, 3, 4, 5].map((i) => `.line.c${i} { stroke: var(--c${i}); } .band.c${i}, .dot.c${i} { fill: var(--c${i}); } .swatch.c${i} { background: var(--c${i}); }`).join('\n')}
.problem { margin: 1rem 0 2rem; } .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr)); gap: .8rem; margin: .6rem 0; }
.card { padding: .6rem .8rem; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; min-width: 0; }
.verdict { font-size: .85rem; } .right { color: var(--up); } .wrong { color: var(--down); }
pre { margin: .4rem 0; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; font: .85rem/1.45 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; }
.prompt { padding: .5rem .8rem; border-left: 3px solid var(--accent); } .thought { color: var(--soft); }
.environment { padding-left: .8rem; border-left: 2px solid var(--line); color: var(--soft); }
.code { padding: .8rem; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; overflow-x: auto; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--accent); } .thinking summary { color: var(--soft); font-size: .85rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(12rem, 100%), 1fr)); gap: .5rem 1.2rem; margin: .8rem 0; }
.facts dt { color: var(--soft); font-size: .8rem; } .facts dd { margin: 0; overflow-wrap: anywhere; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media print { details { display: block; } body { max-width: none; } }
`;
