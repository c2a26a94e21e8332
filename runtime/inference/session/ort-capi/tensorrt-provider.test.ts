import { expect, it } from 'vitest';
import { missingOptions } from './tensorrt-provider.ts';

const said = 'device_id=0;trt_fp16_enable=1;trt_engine_cache_path=/a=b;trt_timing=0.50';

it('finds every option that was given in what the provider holds', () => {
  const given = { trt_fp16_enable: '1', trt_engine_cache_path: '/a=b', trt_timing: '0.5' };
  expect(missingOptions(given, said)).toEqual([]);
  expect(missingOptions({}, '')).toEqual([]);
});

it.each([
  ['was dropped', { trt_new: '1' }, 'trt_new=1 (it holds nothing)'],
  ['has another value', { trt_fp16_enable: '0' }, 'trt_fp16_enable=0 (it holds 1)'],
  ['was emptied', { device_id: '' }, 'device_id= (it holds 0)'],
  ['has the name of none', { constructor: 'x' }, 'constructor=x (it holds nothing)'],
])('names an option that %s', (_, given, sentence) => {
  expect(missingOptions(given as unknown as Record<string, string>, said)).toEqual([sentence]);
});
