import type { Explanation, Method, MethodAnswer, Place } from './explanation.ts';
import { alignColumns } from './text-table.ts';

/** What each method is called under its picture and in the text. */
export const methodNames: Record<Method, string> = {
  cam: 'class activation map',
  occlusion: 'occlusion',
  superpixels: 'superpixels',
};

const one = (value: number) => value.toFixed(1);
const two = (value: number) => value.toFixed(2);
const three = (value: number) => value.toFixed(3);

/** What must not be overlooked: above everything else in the text, and in the picture. */
export function warningsOf({ domain, methods }: Explanation): string[] {
  const nothing = methods.filter(({ halfMaximum }) => halfMaximum === null);
  return [
    ...(domain?.stopped
      ? [
          'THE GATE STOPS THIS IMAGE: it is unlike those the model was validated on. On a device it has no result.',
        ]
      : []),
    ...(domain?.outside && !domain.stopped
      ? ['OUTSIDE THE VALIDATED DOMAIN: whether that stops the result is decided by the series.']
      : []),
    ...nothing.map(
      ({ method }) => `By ${methodNames[method]} nothing in the image speaks for the finding.`,
    ),
  ];
}

function domainText({ domain }: Explanation): string {
  if (!domain) return 'not guarded';
  const scores = Object.entries(domain.scores).map(([name, score]) => `${name} ${two(score)}`);
  return `${scores.join(', ')}; ${domain.outside ? 'OUTSIDE' : 'inside'} (1 is the limit)`;
}

function spacingText({ image: { spacing } }: Explanation): string {
  if (!spacing) return 'pixel size unknown';
  return `${three(spacing.rows)} x ${three(spacing.columns)} mm, measured in the ${spacing.within}`;
}

function verdict({ finding, domain }: Explanation): string {
  const said = finding.flagged ? 'reached' : 'not reached; that is no negative result';
  return domain?.stopped ? `${said}; the gate stops it` : said;
}

function headLines(explanation: Explanation): string[] {
  const { model, finding, image, network } = explanation;
  const frame = image.frames > 1 ? `frame ${image.frame} of ${image.frames}, ` : '';
  return alignLeft([
    ['model', `${model.name} ${model.version}, ${model.status}. ${model.notice}`],
    ['bundle', model.bundle],
    ['finding', `${finding.id}: "${finding.label}"`],
    ['probability', `${three(finding.probability)} (logit ${three(finding.logit)})`],
    ['threshold', `${finding.threshold}: ${verdict(explanation)}`],
    ['domain', domainText(explanation)],
    ['image', `${frame}${image.rows} x ${image.columns} pixels, ${spacingText(explanation)}`],
    ['network', `${network.rows} x ${network.columns}`],
    ['presentation', model.presentation],
  ]);
}

function alignLeft(rows: readonly [string, string][]): string[] {
  return rows.map(([name, text]) => `${name.padEnd(14)}${text}`);
}

function placeText({ row, column, inside }: Place): string {
  return `${one(row)}, ${one(column)}${inside ? '' : ' (border)'}`;
}

function millimetreText({ millimetres }: Place): string {
  return millimetres ? `${one(millimetres.down)}, ${one(millimetres.right)}` : '-';
}

function placeRow({ method, highest, lowest, peak, halfMaximum }: MethodAnswer): string[] {
  return [
    methodNames[method],
    three(highest),
    three(lowest),
    placeText(peak),
    millimetreText(peak),
    halfMaximum ? placeText(halfMaximum.centre) : '-',
    halfMaximum ? `${one(100 * halfMaximum.share)} %` : '-',
  ];
}

const placeHead = ['', 'highest', 'lowest', 'peak', 'peak, mm', 'centre', 'area'];

function howText({ method, made }: MethodAnswer): string {
  const told = Object.entries(made).map(
    ([name, value]) =>
      `${name} ${typeof value === 'number' ? Number(value.toFixed(3)) : 'unknown'}`,
  );
  return `${methodNames[method]}: ${told.join(', ')}`;
}

function agreementRows({ agreement }: Explanation): string[][] {
  return agreement.map(({ between, rankCorrelation, pixels, millimetres }) => [
    between.map((method) => methodNames[method]).join(' / '),
    rankCorrelation === null ? '-' : two(rankCorrelation),
    one(pixels),
    millimetres === null ? '-' : one(millimetres),
  ]);
}

function agreementLines(explanation: Explanation): string[] {
  if (explanation.agreement.length === 0) return [];
  const head = ['Do the methods agree?', 'rank correlation', 'peaks apart, pixels', 'mm'];
  return ['', alignColumns([head, ...agreementRows(explanation)])];
}

/** The explanation for people. Without any name, identifier or file. */
export function explanationText(explanation: Explanation): string {
  const warnings = warningsOf(explanation).map((text) => `!!! ${text}`);
  return [
    explanation.caveat,
    ...(warnings.length > 0 ? ['', ...warnings] : []),
    '',
    ...headLines(explanation),
    '',
    'Where it reacted: row, column of the source image, from 0 at the centre of its first pixel; values in logits.',
    '"centre" and "area" are of what is at least half as high as the peak and hangs together with it.',
    alignColumns([placeHead, ...explanation.methods.map(placeRow)]),
    ...agreementLines(explanation),
    '',
    'class activation map: the output of the network itself; its mean is the logit.',
    'occlusion: by how much the logit drops when a patch is hidden.',
    'superpixels: weight of each piece in a linear model of the logit (LIME); fit is R2 on masks it has not seen, and',
    '  the lower it is, the less the weights mean.',
    ...explanation.methods.map(howText),
    `seed ${explanation.seed}; hidden parts replaced with: ${explanation.replacement}. Explain again with the other one: what changes is no`,
    '  property of the model alone.',
    '',
    `The maker says: ${explanation.statement}`,
    'The picture shows the image itself: treat it as what it is, data of a patient.',
    '',
  ].join('\n');
}
