/** The part of jStat that is used here; the package has no types. */
declare module 'jstat' {
  export const jStat: {
    normal: {
      inv(probability: number, mean: number, deviation: number): number;
      cdf(value: number, mean: number, deviation: number): number;
    };
    beta: { inv(probability: number, alpha: number, beta: number): number };
    gammaln(value: number): number;
  };
}
