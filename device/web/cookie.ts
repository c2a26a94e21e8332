/**
 * Name of the session's cookie. With `__Host-` a browser takes it only over HTTPS and from this very host (RFC 6265bis,
 * 4.1.3.2); over plain HTTP on the loopback it needs another name. Cookies know no ports: each product has its own.
 */
export function cookieName(isSecure: boolean, product = 'scanside'): string {
  return isSecure ? `__Host-${product}` : product;
}

/** The value of a cookie in the header `Cookie`; undefined where it is not there, or there more than once. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/** `Set-Cookie` for a session's token; an empty one takes it away. It ends with the browser, and before that with the session. */
export function sessionCookie(token: string, isSecure: boolean, product?: string): string {
  const gone = token === '' ? '; Max-Age=0' : '';
  const secure = isSecure ? '; Secure' : '';
  return `${cookieName(isSecure, product)}=${token}; Path=/; HttpOnly; SameSite=Strict${secure}${gone}`;
}

/** Name of the cookie that waits for somebody to come back from the identity provider. */
export function handleCookieName(isSecure: boolean): string {
  return `${cookieName(isSecure)}-way`;
}

/** `Set-Cookie` for it. Lax: the provider's site leads the browser back. */
export function handleCookie(handle: string, isSecure: boolean): string {
  const secure = isSecure ? '; Secure' : '';
  const age = handle === '' ? 0 : 600;
  return `${handleCookieName(isSecure)}=${handle}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure}`;
}
