import type { Tensor } from '../../../runtime/inference/session/session-port.ts';

interface BadRun {
  why: RegExp;
  inputs: Record<string, Tensor>;
  outputs: string[];
}

/** Runs of the projection that must be refused, made out of a good input of two images. */
export function badRuns(image: Tensor): BadRun[] {
  const { dims, values } = image;
  const asked = (inputs: Record<string, Tensor>, why: RegExp): BadRun => {
    return { why, inputs, outputs: ['logits'] };
  };
  const shaped = (wrong: number[], why = /the input image is/) =>
    asked({ image: { dims: wrong, values } }, why);
  const answered = (outputs: string[], why: RegExp) => ({ why, inputs: { image }, outputs });
  const whole = Int32Array.from(values) as unknown as Float32Array;
  return [
    asked({}, /image is missing/),
    asked({ image, more: image }, /no input more/),
    asked({ picture: image }, /no input picture/),
    shaped([2, 16, 16]),
    shaped([2, 1, 16, 17]),
    shaped([0, 1, 16, 16]),
    shaped([-2, 1, 16, 16]),
    shaped([1.5, 1, 16, 16]),
    shaped([Number.NaN, 1, 16, 16]),
    shaped([3, 1, 16, 16], /has 512 elements, not 768/),
    shaped([2 ** 40, 1, 16, 16], /too many/),
    asked({ image: { dims, values: values.subarray(1) } }, /has 511 elements/),
    asked({ image: { dims, values: new Float32Array(513) } }, /has 513 elements/),
    asked({ image: { dims, values: whole } }, /not a Float32Array/),
    answered([], /must be named/),
    answered(['logits', 'logits'], /each once/),
    answered(['other'], /no output other/),
    answered(['whole'], /whole is int64/),
  ];
}
