import { h } from 'preact';
import type { JSX } from 'preact';
import { reportForms, type CheckView, type ServiceView } from '../../service-view.ts';
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
  const { running, checked, commissioning, pairingCode } = service;
  return h(
    'section',
    { class: 'service-page' },
    h('h2', {}, say('service.title')),
    running && h('p', { class: 'done', role: 'status' }, say.code('service.running', running)),
    h(Report, { service }),
    h('h3', {}, say('service.steps')),
    h('p', {}, say('service.steps-note')),
    h(Checks, { checks: commissioning.steps, waives: !commissioning.report }),
    h(RunForm, { what: 'commissioning', running }),
    h('h3', {}, say('service.checks')),
    h(
      'p',
      {},
      checked ? say('service.checked', { at: say.day(checked.at) }) : say('service.not-checked'),
    ),
    checked && h(Checks, { checks: checked.checks, waives: false }),
    h(RunForm, { what: 'checks', running }),
    pairingCode && h(Pairing, { code: pairingCode }),
  );
}

/** The report is the proof that the device was commissioned; without one it was not, and the page says so first. */
function Report({ service }: { service: ServiceView }): JSX.Element {
  const say = useSay();
  const { report } = service.commissioning;
  if (!report) return h('p', { class: 'fault' }, say('service.no-report'));
  return h(
    'section',
    { class: 'fact-group' },
    h('h3', {}, say('service.report')),
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

function Checks({ checks, waives }: { checks: CheckView[]; waives: boolean }): JSX.Element {
  return h(
    'ol',
    { class: 'checks' },
    checks.map((check) => h(Check, { key: check.name, check, waives })),
  );
}

/** What each state looks like in one colour, beside its word. */
const signs = { pass: '●', warn: '!', fail: '✕', waived: '–', skipped: '·', open: '○' } as const;

function Check({ check, waives }: { check: CheckView; waives: boolean }): JSX.Element {
  const say = useSay();
  const { name, title, state, code, cause, next, facts } = check;
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
    cause &&
      h(
        'p',
        { class: 'cause', lang: 'en' },
        code && h('code', {}, code),
        code && ' ',
        h('bdi', {}, visible(cause)),
      ),
    next &&
      h(
        'p',
        { lang: 'en' },
        h('strong', {}, say('service.next')),
        ' ',
        h('bdi', {}, visible(next)),
      ),
    facts.length > 0 && h(Facts, { facts }),
    waives && state === 'fail' && h(WaiveForm, { step: name }),
  );
}

function Facts({ facts }: { facts: CheckView['facts'] }): JSX.Element {
  return h(
    'dl',
    { class: 'facts', lang: 'en' },
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
        h('input', {
          name: 'because',
          required: true,
          minLength: 4,
          maxLength: 200,
          autocomplete: 'off',
        }),
        h('span', { class: 'hint' }, say('service.because-note')),
      ),
      h('button', { type: 'submit' }, say('service.waive')),
    ),
  );
}

function RunForm({
  what,
  running,
}: {
  what: 'checks' | 'commissioning';
  running: ServiceView['running'];
}): JSX.Element {
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

function Pairing({ code }: { code: string }): JSX.Element {
  const say = useSay();
  return h(
    'section',
    { class: 'fact-group' },
    h('h3', {}, say('service.pairing')),
    h('p', { class: 'pairing' }, h('code', {}, visible(code))),
    h('p', {}, say('service.pairing-note')),
  );
}
