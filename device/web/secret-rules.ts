/** Why a PIN or a password is not good enough; the panel words it. */
export type SecretFault =
  | 'pin-short'
  | 'pin-sequence'
  | 'pin-repeats'
  | 'pin-date'
  | 'password-short'
  | 'password-long'
  | 'password-simple'
  | 'holds-name';

export const shortestPin = 6;
export const shortestPassword = 12;
const longestSecret = 128;

/** What people choose first where twelve characters are asked for. */
const commonPasswords =
  /password|passwort|contrase|qwertz?y?|azerty|123456|scanside|radiolog|hospital/g;

/**
 * What is wrong with a secret for the account `name`; undefined where it may be used. Digits alone are a PIN, everything
 * else a password. Only what is easily guessed is refused: no rule asks for a kind of character (NIST SP 800-63B, 5.1.1).
 */
export function findFault(secret: string, name: string): SecretFault | undefined {
  const text = secret.normalize('NFKC');
  if (text.length > longestSecret) return 'password-long';
  return /^\d+$/.test(text) ? pinFault(text) : passwordFault(text.toLowerCase(), name);
}

function pinFault(pin: string): SecretFault | undefined {
  if (pin.length < shortestPin) return 'pin-short';
  if (isSequence(pin)) return 'pin-sequence';
  if (new Set(pin).size <= 2 || repeats(pin)) return 'pin-repeats';
  return isDate(pin) ? 'pin-date' : undefined;
}

function passwordFault(password: string, name: string): SecretFault | undefined {
  if (password.length < shortestPassword) return 'password-short';
  if (name.length > 2 && password.includes(name)) return 'holds-name';
  const rest = password.replaceAll(commonPasswords, '');
  return new Set(rest).size < 5 ? 'password-simple' : undefined;
}

/** 123456, 987654, 890123, 135791. */
function isSequence(pin: string): boolean {
  const digits = pin.split('').map(Number);
  const steps = digits.slice(1).map((digit, at) => (digit - (digits[at] ?? 0) + 10) % 10);
  return new Set(steps).size === 1;
}

/** 123123, 121212, 112233. */
function repeats(pin: string): boolean {
  return /^(\d{1,4})\1+$/.test(pin) || /^((\d)\2)+$/.test(pin);
}

/** A year at either end, or six digits that read as a day, in the order of any country. */
function isDate(pin: string): boolean {
  if (/^(19\d\d|20[0-2]\d)|(19\d\d|20[0-2]\d)$/.test(pin)) return true;
  const day = '(0[1-9]|[12]\\d|3[01])';
  const month = '(0[1-9]|1[0-2])';
  return new RegExp(`^(${day}${month}\\d\\d|${month}${day}\\d\\d|\\d\\d${month}${day})$`).test(pin);
}
