/** Nearest to 0 and 1 that a probability is taken for in a logarithm: what single precision tells from 1. */
const edge = 2 ** -24;

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** Logit of a probability; 0 and 1, which have none, are taken for 2^-24 and 1 - 2^-24. */
export function logit(probability: number): number {
  const inside = Math.min(1 - edge, Math.max(edge, probability));
  return Math.log(inside) - Math.log1p(-inside);
}

/** ln(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
}
