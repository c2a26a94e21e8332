import { h } from 'preact';
import type { ComponentChildren, JSX } from 'preact';
import type { AidView, ExamDetail } from '../../exam-detail.ts';
import type { ExamView } from '../../source.ts';
import { visible } from '../identity.ts';
import { useLive } from '../live.ts';
import type { Say } from '../say.ts';
import { useSay } from '../say.ts';

/** What stands behind a result, as far as the reader may know it. Under `triage-notify` the flag is all there is. */
export function Basis({ detail }: { detail: ExamDetail }): JSX.Element | null {
  const say = useSay();
  const { exam, aid } = detail;
  if (exam.profile === 'triage-notify' || !isDecided(exam)) return null;
  const quality = qualityOf(exam);
  const scope = scopeOf(exam);
  return h(
    'section',
    { class: 'basis' },
    h('h3', {}, say('exam.basis')),
    aid?.findings.map((finding) =>
      h(FindingBasis, { key: finding.id, finding, sole: aid.findings.length === 1 }),
    ),
    h(
      'dl',
      { class: 'facts' },
      quality && h(Fact, { name: say('exam.quality') }, say.code('exam.quality', quality)),
      scope && h(Fact, { name: say('exam.intended') }, say.code('exam.intended', scope)),
      exam.model && h(Fact, { name: say('exam.model') }, h(Model, { exam })),
    ),
  );
}

function isDecided({ outcome }: ExamView): boolean {
  return outcome.state !== 'pending';
}

/** Only what the outcome proves: an exam that never reached a check has passed none. */
function qualityOf({ outcome }: ExamView): string {
  if (outcome.state === 'not-analysed') return outcome.reason === 'quality' ? 'refused' : '';
  return 'accepted';
}

function scopeOf({ outcome }: ExamView): string {
  if (outcome.state === 'not-analysed') return outcome.reason === 'out-of-scope' ? 'outside' : '';
  return 'inside';
}

type Finding = AidView['findings'][number];

function FindingBasis({ finding, sole }: { finding: Finding; sole: boolean }): JSX.Element {
  const say = useSay();
  const { label, tier, spread } = finding;
  return h(
    'dl',
    { class: 'facts finding' },
    !sole && h('h4', {}, visible(label)),
    tier && h(Fact, { name: say('exam.tier') }, h('strong', {}, say.code('exam.tier', tier))),
    tier && h(Fact, { name: say('exam.validation') }, confirmation(finding, say)),
    spread && h(Fact, { name: say('exam.spread') }, say.code('exam.spread', spread)),
  );
}

/** How many of a hundred such flags were right when it was measured: a count of past cases, no certainty about this one. */
function confirmation({ confirmed }: Finding, say: Say): string {
  if (!confirmed || confirmed.of <= 0) return say('exam.unconfirmed');
  const { count, of, low, high } = confirmed;
  const hundred = (share: number) => say.number(100 * share);
  return say('exam.confirmed', {
    share: hundred(count / of),
    low: hundred(low),
    high: hundred(high),
    count: say.number(count),
    of: say.number(of),
  });
}

function Model({ exam }: { exam: ExamView }): JSX.Element {
  const say = useSay();
  const model = useLive().exam?.model.value;
  return h(
    'span',
    {},
    h('bdi', {}, visible(exam.model)),
    model &&
      h('span', { class: 'hash', title: model.hash }, ` SHA-256 ${model.hash.slice(0, 12)}…`),
    h('a', { href: '/models' }, say('exam.model-link')),
  );
}

/** A fact with its name. */
export function Fact({
  name,
  children,
}: {
  name: string;
  children?: ComponentChildren;
}): JSX.Element {
  return h('div', {}, h('dt', {}, name), h('dd', {}, children));
}
