import { type Check, fail, pass, type Verdict, warn } from './verdict.ts';

/** What a trial of the panel has shown. */
export interface PanelFinding {
  url: string;
  /** Of its answer to the question whether it serves. */
  status: number;
  /** SHA-256 of its certificate, as browsers show it; empty for plain HTTP. */
  certificate: string;
  /** How many people may sign in. */
  accounts: number;
}

export function judgePanel({ url, status, certificate, accounts }: PanelFinding): Verdict {
  const facts = { url, certificate: certificate || 'none: plain HTTP', accounts };
  if (status !== 200) return fail('PANEL_SILENT', `${url} answers with status ${status}`, facts);
  return accounts === 0 ? warn('PANEL_WITHOUT_ACCOUNTS', url, facts) : pass(facts);
}

/** That the panel can be opened at its address, how its certificate is known, and whether anybody may sign in. */
export function panelCheck(tryPanel: () => Promise<PanelFinding>): Check {
  return {
    name: 'panel',
    title: 'The panel answers at its address',
    run: () => tryPanel().then(judgePanel),
  };
}
