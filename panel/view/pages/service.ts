import { h } from 'preact';
import type { JSX } from 'preact';
import {
  reportForms,
  type CheckView,
  type ServiceRun,
  type ServiceView,
  type StepView,
} from '../../service-view.ts';
import { Csrf } from '../form.ts';
import { visible } from '../identity.ts';
import { useLive } from '../live.ts';
import { useSay } from '../say.ts';

export interface ServicePage {
  service: ServiceView;
}

/** What a field engineer does with a device: its checks, its commissioning and the signed report of it. */
export function ServicePageView({ service }: ServicePage): JSX.Element {
  const say = useSay();
  const { running, mayRun, checked, steps, report } = service;
  const canCommission = mayRun.includes('commissioning');
  const when = checked ? say('service.checked', { at: say.day(checked.at) }) : '';
  return h(
    'section',
    { class: 'service-page' },
    h('h2', {}, say('service.title')),
    running && h('p', { class: 'done', role: 'status' }, say.code('service.running', running)),
    h(Report, { report }),
    h('h3', {}, say('service.steps')),
    h('p', {}, say(canCommission ? 'service.steps-note' : 'service.in-service')),
    h(Steps, { steps, waives: canCommission }),
    canCommission && h(RunForm, { what: 'commissioning', running }),
    h('h3', {}, say('service.checks')),
    h('p', {}, when || say('service.not-checked')),
    checked && h(Steps, { steps: checked.steps, waives: false }),
    mayRun.includes('checks') && h(RunForm, { what: 'checks', running }),
  );
}

/** The report is the proof that the device was commissioned; without a good one it was not, and the page says so first. */
function Report({ report }: Pick<ServiceView, 'report'>): JSX.Element {
  const say = useSay();
  if (!report) return h('p', { class: 'fault' }, say('service.no-report'));
  return h(
    'section',
    { class: 'fact-group' },
    h('h3', {}, say('service.report')),
    h(
      'p',
      { class: report.outcome === 'fail' ? 'fault' : '' },
      h('strong', {}, say.code('service.outcome', report.outcome)),
    ),
    h('p', {}, say('service.report-of', { at: say.day(report.at), by: visible(report.by) })),
    h('p', { class: 'hash' }, 'SHA-256 ', h('code', {}, report.sha256)),
    h(
      'p',
      { class: 'choices' },
      reportForms.map((form) =>
        h(
          'a',
          { key: form, class: 'button', href: `/service/report.${form}`, download: true },
          say('service.take', { form: form.toUpperCase() }),
        ),
      ),
    ),
  );
}

function Steps({ steps, waives }: { steps: StepView[]; waives: boolean }): JSX.Element {
  return h(
    'ol',
    { class: 'checks' },
    steps.map((step) => h(Step, { key: step.name, step, waives })),
  );
}

/** What each state looks like in one colour, beside its word. */
const signs = { pass: '●', warn: '!', fail: '✕', waived: '–', skipped: '·', open: '○' } as const;

/** A step: what is wrong stands open, what is right is folded. */
function Step({ step, waives }: { step: StepView; waives: boolean }): JSX.Element {
  const say = useSay();
  const { name, title, state, because, checks } = step;
  const wrong = checks.filter((check) => check.cause);
  const right = checks.filter((check) => !check.cause);
  return h(
    'li',
    { class: `check ${state}`, 'data-check': name },
    h(
      'p',
      { class: 'check-title' },
      h('span', { class: 'check-sign', 'aria-hidden': 'true' }, signs[state]),
      h('strong', { lang: 'en' }, visible(title)),
      h('span', { class: 'check-state' }, say.code('service.state', state)),
    ),
    because && h('p', {}, `${say('service.because')}: `, h('bdi', {}, visible(because))),
    wrong.map((check) => h(Finding, { key: check.name, check })),
    right.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, say.count('service.passed', right.length)),
        right.map((check) => h(Finding, { key: check.name, check })),
      ),
    waives && state === 'fail' && h(WaiveForm, { step: name }),
  );
}

function Finding({ check }: { check: CheckView }): JSX.Element {
  const say = useSay();
  const { title, state, code, cause, next, facts } = check;
  const said = h('bdi', {}, visible(cause));
  return h(
    'div',
    { class: 'finding', lang: 'en' },
    h('p', {}, h('strong', {}, visible(title)), ' · ', say.code('service.state', state)),
    cause && h('p', { class: 'cause' }, code && h('code', {}, `${code} `), said),
    next && h('p', {}, h('strong', {}, say('service.next')), ' ', h('bdi', {}, visible(next))),
    facts.length > 0 && h(Facts, { facts }),
  );
}

function Facts({ facts }: { facts: CheckView['facts'] }): JSX.Element {
  return h(
    'dl',
    { class: 'facts' },
    facts.map(({ name, value }) =>
      h(
        'div',
        { key: name },
        h('dt', {}, visible(name)),
        h('dd', {}, h('bdi', {}, visible(value) || '—')),
      ),
    ),
  );
}

/** A step is set aside by somebody, for a reason that the report bears. */
function WaiveForm({ step }: { step: string }): JSX.Element {
  const say = useSay();
  const { shell } = useLive();
  const rules = { required: true, minLength: 4, maxLength: 200, autocomplete: 'off' };
  return h(
    'details',
    {},
    h('summary', {}, say('service.waive')),
    h(
      'form',
      { method: 'post', action: `/service/steps/${encodeURIComponent(step)}/waive` },
      h(Csrf, { csrf: shell.csrf }),
      h(
        'label',
        { class: 'field' },
        h('span', { class: 'label' }, say('service.because')),
        h('input', { name: 'because', ...rules }),
        h('span', { class: 'hint' }, say('service.because-note')),
      ),
      h('button', { type: 'submit' }, say('service.waive')),
    ),
  );
}

interface RunFormProps {
  what: ServiceRun;
  running: ServiceRun | undefined;
}

function RunForm({ what, running }: RunFormProps): JSX.Element {
  const say = useSay();
  const { shell } = useLive();
  return h(
    'form',
    { method: 'post', action: '/service/run' },
    h(Csrf, { csrf: shell.csrf }),
    h('input', { type: 'hidden', name: 'what', value: what }),
    h('button', { type: 'submit', disabled: running !== undefined }, say.code('service.run', what)),
  );
}
