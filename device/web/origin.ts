import type { IncomingHttpHeaders } from 'node:http';

/** What of a request tells which site asks. A page can set none of these headers; the browser does. */
export interface Asker {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  /** Sec-Fetch-Site and Sec-Fetch-Mode, which browsers send to trustworthy addresses. */
  site: string | undefined;
  mode: string | undefined;
}

/** What a request tells of who asks. */
export function askerOf({
  method,
  headers,
}: {
  method: string;
  headers: IncomingHttpHeaders;
}): Asker {
  return {
    method,
    host: headers.host,
    origin: headers.origin,
    site: single(headers['sec-fetch-site']),
    mode: single(headers['sec-fetch-mode']),
  };
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}

/** Requests that change nothing (RFC 9110, 9.2.1). */
export function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Whether one of our own pages asks, or the person by the address bar or a link; `scheme` is ours. Other ports of this
 * host are other sites too, although a browser sends them its cookies.
 */
export function isOwnAsker(asker: Asker, scheme: 'http' | 'https'): boolean {
  const { method, site, mode, origin } = asker;
  if (isReading(method) && origin === undefined)
    return site === undefined || site === 'same-origin' || site === 'none' || mode === 'navigate';
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === 'null') return site === 'same-origin';
  return origin !== undefined && isOwnOrigin(origin, asker.host, scheme);
}

function isOwnOrigin(origin: string, host: string | undefined, scheme: string): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: from } = new URL(origin);
  const own = `${scheme}://${host}`;
  return protocol === `${scheme}:` && URL.canParse(own) && from === new URL(own).host;
}

/** Where to go after signing in: a path of this panel, or `fallback` for everything else. */
export function ownPath(to: unknown, fallback: string): string {
  const isOwn =
    typeof to === 'string' && to.length <= 200 && /^\/(?![/\\])[\w\-./?=&%~]*$/.test(to);
  return isOwn ? to : fallback;
}
