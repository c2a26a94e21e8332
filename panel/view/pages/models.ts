import { h } from 'preact';
import type { JSX } from 'preact';
import type { MeasuredFinding, MeasuredShare, ModelView } from '../../model-view.ts';
import {
  type Estimate,
  measuredFlags,
  measuredPrevalence,
  missedWithoutFlag,
  rightFlags,
  shareOf,
} from '../frequency.ts';
import { visible } from '../identity.ts';
import type { Say } from '../say.ts';
import { useSay } from '../say.ts';

export interface ModelsPage {
  models: ModelView[];
}

/** What a figure is worked out for: of so many images this share has the finding. */
const assumedPrevalence = 0.05;

/** What each model is for, and what it cannot do. */
export function ModelsView({ models }: ModelsPage): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'models-page' },
    h('h2', {}, say('models.title')),
    h('ul', { class: 'always' }, [
      h('li', { key: 'flag' }, say('models.flag-means')),
      h('li', { key: 'none' }, say('models.no-flag-means')),
      h('li', { key: 'reader' }, say('models.reader')),
    ]),
    models.length === 0 && h('p', { class: 'none' }, say('models.none')),
    models.map((model) => h(Model, { key: model.hash, model })),
  );
}

function Model({ model }: { model: ModelView }): JSX.Element {
  const say = useSay();
  return h(
    'article',
    { class: 'model' },
    h('h3', {}, visible(`${model.name} ${model.version}`)),
    h('p', { class: 'model-notice' }, visible(model.notice)),
    h('h4', {}, say('models.intended')),
    h('p', {}, visible(model.intendedUse)),
    h(Sentences, { title: say('models.not-for'), sentences: model.notFor }),
    h(Sentences, { title: say('models.limits'), sentences: model.limits }),
    h('h4', {}, say('models.scope')),
    h('p', {}, say('models.scope-note')),
    h(
      'dl',
      { class: 'facts' },
      model.scope.map((rule) =>
        pair(
          say(`models.scope.${rule.id}`),
          rule.id === 'contrast' ? say('models.no-contrast') : ageOf(rule, say),
        ),
      ),
    ),
    model.findings.map((finding) => h(Measured, { key: finding.label, finding })),
    h(Provenance, { model }),
  );
}

function ageOf({ id, value }: ModelView['scope'][number], say: Say): string {
  return id === 'age' ? say('models.years', { value }) : visible(value);
}

function pair(term: string, text: string): JSX.Element {
  return h('div', { key: term }, h('dt', {}, term), h('dd', {}, text));
}

function Sentences({ title, sentences }: { title: string; sentences: string[] }): JSX.Element {
  const items = sentences.map((sentence) => h('li', { key: sentence }, visible(sentence)));
  return h('div', {}, h('h4', {}, title), h('ul', {}, items));
}

/** Natural frequencies: what was counted, and what it comes to where the finding is rarer. */
function Measured({ finding }: { finding: MeasuredFinding }): JSX.Element {
  const say = useSay();
  const { sensitivity, specificity } = finding;
  const what = visible(finding.label.replace(/^suspected\s+/i, ''));
  const wrong = { count: specificity.of - specificity.count, of: specificity.of };
  const flags = measuredFlags(finding);
  const rare = rightFlags(finding, assumedPrevalence);
  const missed = missedWithoutFlag(finding, assumedPrevalence);
  const common = roundOf(measuredPrevalence(finding), 100, say);
  const assumed = say.number(100 * assumedPrevalence);
  return h(
    'div',
    { class: 'measured' },
    h('h4', {}, say('models.measured', { what })),
    h('ul', { class: 'frequencies' }, [
      h(
        'li',
        { key: 'found' },
        say('models.found', { ...countsOf(sensitivity, say), ...rangeOf(sensitivity, say) }),
      ),
      h(
        'li',
        { key: 'wrong' },
        say('models.wrong', { ...countsOf(wrong, say), ...rangeOf(inverse(specificity), say) }),
      ),
      h('li', { key: 'flags' }, say('models.flags', { ...countsOf(flags, say), common })),
    ]),
    h(
      'p',
      { class: 'expect' },
      say('models.expect', {
        assumed,
        right: about(rare.value, 100, say),
        false: about(1 - rare.value, 100, say),
        ...rangeOf(rare, say),
      }),
    ),
    h(
      'p',
      { class: 'expect' },
      say('models.missed', { assumed, missed: about(missed.value, 1000, say) }),
    ),
    h(
      'p',
      { class: 'source' },
      visible(`${finding.dataset}. ${say('models.threshold')}: ${finding.chosenFor}.`),
    ),
  );
}

function countsOf(share: { count: number; of: number }, say: Say) {
  return {
    hundred: about(shareOf(share), 100, say),
    count: say.number(share.count),
    of: say.number(share.of),
  };
}

function rangeOf({ low, high }: Pick<Estimate, 'low' | 'high'>, say: Say) {
  return { low: roundOf(low, 100, say), high: roundOf(high, 100, say) };
}

function inverse({ low, high }: MeasuredShare): Pick<Estimate, 'low' | 'high'> {
  return { low: 1 - high, high: 1 - low };
}

/** A share as so many of `all`; only what was counted so is a round none or all. */
function about(share: number, all: number, say: Say): string {
  const isExact = share === 0 || share === 1 || Math.round(share * all) % all === 0;
  const text = roundOf(share, all, say);
  return isExact ? text : say('models.about', { n: text });
}

function roundOf(share: number, all: number, say: Say): string {
  const value = share * all;
  if (value > 0 && value < 0.5) return say('models.fewer-than', { n: say.number(1) });
  if (value < all && value > all - 0.5) return say('models.more-than', { n: say.number(all - 1) });
  return say.number(Math.round(value));
}

function Provenance({ model }: { model: ModelView }): JSX.Element {
  const say = useSay();
  const { leftOut } = model;
  const rows = [
    ['models.evidence', model.evidence],
    ['models.explanation', model.explanation || say('models.no-explanation')],
    ['models.profile', say(`models.profile.${model.profile}`)],
    ['models.data', model.trainingData],
    ['models.vendor', model.vendor],
    ['models.licence', model.licence],
    ['models.hash', model.hash],
  ] as const;
  return h(
    'dl',
    { class: 'facts provenance' },
    leftOut && pair(say('models.left-out'), say('models.left-out-text', countsOf(leftOut, say))),
    rows.map(([id, text]) => pair(say(id), visible(text))),
  );
}
