/** How the console looks, dark or light as the reader’s system is. Colour is never alone: words say the same. */
export const consoleStyle = `
:root {
  color-scheme: dark light;
  --ground: #0b0e12; --card: #161b22; --raised: #202833; --line: #2f3945; --edge: #6b7888;
  --text: #e6eaef; --faint: #aab4c0; --focus: #9cc9ff; --mark: #7cc4ff;
  --urgent: #ffe066; --urgent-tint: #25220f; --good: #8fd6a4;
  --gutter: clamp(12px, 2vw, 28px);
}
@media (prefers-color-scheme: light) {
  :root {
    --ground: #e6ebf0; --card: #f8fafb; --raised: #e0e6ec; --line: #b7c1cc; --edge: #66727f;
    --text: #10161c; --faint: #3d4854; --focus: #0b4fa8; --mark: #0b4fa8;
    --urgent: #7a3e00; --urgent-tint: #fbeec0; --good: #14602f;
  }
}
* { box-sizing: border-box; margin: 0; }
[hidden] { display: none !important; }
body {
  min-height: 100vh; background: var(--ground); color: var(--text);
  font: 1rem/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif;
  overflow-wrap: anywhere; font-variant-numeric: tabular-nums;
}
a { color: inherit; text-underline-offset: 3px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.1875rem; margin-bottom: 10px; }
header {
  display: flex; flex-wrap: wrap; align-items: center; gap: 8px 28px;
  padding: 10px var(--gutter); border-bottom: 1px solid var(--line); background: var(--card);
}
.brand { font-weight: 700; font-size: 1.125rem; }
.brand a { text-decoration: none; }
nav[aria-label='Pages'] { display: flex; flex-wrap: wrap; gap: 4px; }
nav[aria-label='Pages'] a { padding: 10px 14px; border-radius: 8px; text-decoration: none; }
nav[aria-label='Pages'] a:hover { background: var(--raised); }
nav [aria-current='page'] { background: var(--raised); font-weight: 600; box-shadow: inset 0 -3px var(--mark); }
.person { display: flex; align-items: center; gap: 12px; margin-inline-start: auto; color: var(--faint); }
main { max-width: 1440px; margin-inline: auto; padding: 20px var(--gutter) 48px; }
.title { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 4px 20px; margin-bottom: 14px; }
.title p { color: var(--faint); }
.lost { padding: 10px var(--gutter); background: var(--urgent); color: var(--ground); font-weight: 700; }
button, .button {
  display: inline-flex; align-items: center; min-height: 44px; padding: 6px 16px; border: 1px solid var(--edge);
  border-radius: 8px; background: var(--raised); color: var(--text); font: inherit; font-weight: 600;
  text-decoration: none; cursor: pointer;
}
button:hover, .button:hover { border-color: var(--text); }
.act { border: 2px solid var(--mark); }
input {
  min-height: 44px; padding: 6px 12px; border: 1px solid var(--edge); border-radius: 8px;
  background: var(--ground); color: inherit; font: inherit;
}
.strip { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin-bottom: 26px; }
.strip > div { display: flex; flex-direction: column-reverse; padding: 10px 16px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.strip dt { color: var(--faint); }
.strip dd { font-size: 1.75rem; font-weight: 700; line-height: 1.2; }
.strip a { text-decoration: none; }
.strip .urgent { border-color: var(--urgent); }
.strip .urgent dd { color: var(--urgent); }
.strip .good dd { color: var(--good); }
.sections { display: grid; gap: 26px; }
.sections > *, .sections > section { min-width: 0; }
.calm { padding: 14px 18px; border: 1px dashed var(--edge); border-radius: 10px; color: var(--faint); }
.needs { display: grid; gap: 8px; padding: 0; list-style: none; }
.need {
  display: grid; grid-template-columns: minmax(165px, 1fr) minmax(150px, 1.2fr) 3fr 3fr; gap: 4px 20px; align-items: baseline;
  padding: 10px 16px; border: 1px solid var(--line); border-inline-start: 5px solid var(--edge); border-radius: 8px; background: var(--card);
}
.need.urgent { border-inline-start-color: var(--urgent); background: var(--urgent-tint); }
.reason, .need-line strong { font-weight: 700; }
.urgent .reason, .urgent > strong, .drift { color: var(--urgent); }
.remedy, .faint { color: var(--faint); }
@media (max-width: 860px) { .need { grid-template-columns: 1fr; } }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--card); overflow-wrap: normal; }
table { width: 100%; border-collapse: collapse; }
caption { padding: 10px 16px 4px; text-align: start; font-weight: 600; }
th, td { padding: 8px 16px; border-top: 1px solid var(--line); text-align: start; vertical-align: top; }
thead th { border-top: 0; color: var(--faint); font-weight: 400; font-size: 0.9375rem; white-space: nowrap; }
tbody th { font-weight: 600; white-space: nowrap; }
td time, td .faint { white-space: nowrap; }
.need-line { min-width: 24ch; max-width: 44ch; }
progress { width: 130px; height: 14px; accent-color: var(--mark); }
.state { display: inline-block; padding: 1px 10px; border: 1px solid var(--edge); border-radius: 999px; white-space: nowrap; }
.state.stopped, .state.paused { border-color: var(--urgent); color: var(--urgent); font-weight: 700; }
.state.done { border-color: var(--good); color: var(--good); }
.because { padding: 12px 18px; border: 2px solid var(--urgent); border-radius: 10px; background: var(--urgent-tint); font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 14px 28px; padding: 16px 18px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.facts dt { color: var(--faint); font-size: 0.9375rem; }
.steps, .find, .pages { display: flex; flex-wrap: wrap; align-items: center; gap: 12px; }
.door, .confirm { display: grid; gap: 12px; max-width: 560px; padding: 24px; border: 1px solid var(--line); border-radius: 12px; background: var(--card); }
.door { max-width: 420px; }
.door button { justify-content: center; margin-top: 8px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(250px, 1fr)); gap: 14px; }
.chart { display: grid; gap: 6px; align-content: start; min-width: 0; padding: 12px 14px; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.chart.drifts { border-color: var(--urgent); }
.chart figcaption { display: grid; }
.chart svg { width: 100%; height: auto; }
.chart .ground { stroke: var(--edge); }
.chart .usual { stroke: var(--faint); stroke-dasharray: 5 5; stroke-width: 1.5; }
.chart .interval { stroke: var(--mark); stroke-width: 2; opacity: 0.75; }
.chart .point { fill: var(--mark); }
.chart summary { min-height: 24px; color: var(--faint); cursor: pointer; }
.chart .table { margin-top: 6px; }
.chart th, .chart td { padding: 4px 8px; font-size: 0.875rem; }
code { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; }
`;
