import type { CommissioningReport } from './report.ts';
import { fingerprintOf, type SealedReport } from './seal.ts';
import { factWords, headOf, outcomeWords, stateWords } from './words.ts';

type Step = CommissioningReport['steps'][number];
type CheckLine = Step['checks'][number];

const style = `
:root { color-scheme: light; --ink: #14202b; --soft: #5a6875; --line: #d5dce2; --paper: #fff;
  --pass: #0a6b3d; --warn: #8a5a00; --fail: #b3201f; --waived: #5b3fa0; --skipped: #5a6875; }
* { box-sizing: border-box; }
body { font: 14px/1.45 system-ui, "Segoe UI", Roboto, sans-serif; color: var(--ink); background: #eef1f4; margin: 0; }
main { max-width: 900px; margin: 24px auto; padding: 40px 48px; background: var(--paper); border-radius: 6px;
  box-shadow: 0 1px 4px #0002; }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 24px; border-bottom: 3px solid var(--ink); }
h1 { font-size: 24px; margin: 0 0 8px; }
.outcome { font-size: 18px; font-weight: 700; white-space: nowrap; }
h2 { font-size: 16px; margin: 28px 0 8px; }
h3 { font-size: 14px; margin: 0; flex: 1; }
dl { display: grid; grid-template-columns: 8em 1fr; margin: 16px 0; gap: 2px 12px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
section.step { border: 1px solid var(--line); border-radius: 4px; margin: 10px 0; break-inside: avoid-page; }
.bar { display: flex; gap: 12px; padding: 8px 12px; background: #f6f8f9; border-bottom: 1px solid var(--line); }
table { width: 100%; border-collapse: collapse; }
td, th { text-align: left; vertical-align: top; padding: 5px 12px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
tr:first-child td { border-top: 0; }
td:first-child { width: 34%; } td.state, .bar .state { width: 7em; font-weight: 600; white-space: nowrap; }
.pass { color: var(--pass); } .warn { color: var(--warn); } .fail { color: var(--fail); }
.waived { color: var(--waived); } .skipped { color: var(--skipped); }
.facts { color: var(--soft); font-size: 12.5px; } .next { font-weight: 600; }
footer { margin-top: 28px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--soft); font-size: 12px; overflow-wrap: anywhere; }
.sign { display: grid; grid-template-columns: 1fr 1fr; gap: 40px; margin-top: 44px; }
.sign span { border-top: 1px solid var(--ink); padding-top: 4px; color: var(--soft); }
@media print { body { background: none; } main { box-shadow: none; margin: 0; padding: 0; max-width: none; }
  @page { margin: 16mm; } }
`;

/** The report as one page of HTML that needs nothing else, for the screen and for paper. */
export function htmlPage({ report, seal }: SealedReport): string {
  const fingerprint = fingerprintOf(seal.publicKey);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Commissioning report ${escape(report.device.serial)}</title><style>${style}</style></head>
<body><main>
<header><h1>Commissioning report</h1><span class="outcome ${report.outcome}">${escape(outcomeWords[report.outcome])}</span></header>
<dl>${headOf(report, fingerprint)
    .map(([name, text]) => `<dt>${escape(name)}</dt><dd>${escape(text)}</dd>`)
    .join('')}</dl>
<h2>Steps</h2>
${report.steps.map(stepSection).join('\n')}
${listOf(
  'Certificates',
  report.certificates.map(({ of, subject, notAfter }) => `${of}: ${subject}, until ${notAfter}`),
)}
${listOf('Not asked for by this site', report.notAsked)}
${listOf('Not safe yet', report.notSafeYet)}
<div class="sign"><span>${escape(report.engineer)}, field engineer</span><span>For the hospital</span></div>
<footer>SHA-256 of the report ${seal.reportSha256}. Signed by the device; the JSON file carries the signature, and
<code>scanside provision verify REPORT --fingerprint ${fingerprint}</code> proves it. This page is a rendering.</footer>
</main></body></html>
`;
}

function stepSection({ title, state, because, checks }: Step): string {
  const waiver =
    because === undefined ? '' : `<div class="facts">Waived because: ${escape(because)}</div>`;
  return `<section class="step"><div class="bar"><h3>${escape(title)}${waiver}</h3><span class="state ${state}">${stateWords[state]}</span></div>
<table>${checks.map(checkRow).join('')}</table></section>`;
}

function checkRow({ title, state, code, cause, next, facts }: CheckLine): string {
  const said = [
    cause === undefined
      ? ''
      : `<div>${code === undefined ? '' : `<b>${code}</b> `}${escape(cause)}</div>`,
    next === undefined ? '' : `<div class="next">Next: ${escape(next)}</div>`,
    `<div class="facts">${escape(factWords(facts))}</div>`,
  ];
  return `<tr><td>${escape(title)}</td><td class="state ${state}">${stateWords[state]}</td><td>${said.join('')}</td></tr>`;
}

function listOf(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `<h2>${title}</h2><ul>${lines.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>`;
}

function escape(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replaceAll(/[&<>"]/g, (character) => entities[character] ?? character);
}
