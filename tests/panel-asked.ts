import { ManualClock } from '../device/manual-clock.ts';
import { roles, type Role } from '../panel/role.ts';
import { startPanel } from '../panel/server.ts';
import { readable } from './panel-render.ts';
import { SampleSource } from './panel-source.ts';
import { sampleAccounts, visit, type Visitor } from './panel-visitor.ts';

const unlimited = { burst: 1e6, perSecond: 1e6 };

/** A panel without a browser, with somebody of each role who asks it. */
export interface AskedPanel {
  clock: ManualClock;
  source: SampleSource;
  visitors: ReadonlyMap<Role, Visitor>;
  get(path: string, role?: Role, init?: RequestInit): Promise<Response>;
  /** The bytes of an answer as text. */
  html(path: string, role?: Role, init?: RequestInit): Promise<string>;
  /** What can be read of a page: without what the page keeps for its scripts. */
  words(path: string, role?: Role, init?: RequestInit): Promise<string>;
  close(): Promise<void>;
}

export async function startAskedPanel(): Promise<AskedPanel> {
  const source = new SampleSource();
  const clock = new ManualClock();
  const rates = { requests: unlimited, secrets: unlimited, refusals: unlimited };
  const accounts = await sampleAccounts();
  const panel = await startPanel({ host: '127.0.0.1', port: 0, clock, source, accounts, rates });
  const visitors = new Map<Role, Visitor>();
  for (const role of roles) visitors.set(role, await visit(panel, role));
  const get = (path: string, role: Role = 'radiologist', init?: RequestInit) =>
    visitors.get(role)!.fetch(path, init);
  const html = async (path: string, role?: Role, init?: RequestInit) =>
    (await get(path, role, init)).text();
  const words = async (path: string, role?: Role, init?: RequestInit) => {
    const page = await html(path, role, init);
    return readable(page.replaceAll(/<(script|style|title)[^]*?<\/\1>/g, ' '));
  };
  return { clock, source, visitors, get, html, words, close: () => panel.close() };
}
