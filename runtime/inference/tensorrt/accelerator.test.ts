import { expect, it } from 'vitest';
import { cudaVersion, tensorrtVersion, versionFault } from './accelerator.ts';
import { linkedLibraries, readAccelerator } from './accelerator-facts.ts';
import { disk } from '../../../device/files.ts';

it.each([
  [8601, '8.6.1'],
  [100_300, '10.3.0'],
  [101_601, '10.16.1'],
  [110_400, '11.4.0'],
])('reads the number %i as TensorRT %s', (number, version) => {
  expect(tensorrtVersion(number)).toBe(version);
});

it.each([
  [11_080, '11.8'],
  [12_060, '12.6'],
  [13_020, '13.2'],
])('reads the number %i as CUDA %s', (number, version) => {
  expect(cudaVersion(number)).toBe(version);
});

it.each([
  ['8.6.1', 'TensorRT 8.6.1 is none of the versions 10 and 11'],
  ['10.3.0', undefined],
  ['10.16.1', undefined],
  ['11.4.0', undefined],
  ['12.0.0', 'TensorRT 12.0.0 is none of the versions 10 and 11'],
])('knows whether the rules of TensorRT %s are known', (tensorrt, fault) => {
  const facts = { tensorrt, cuda: '12.6', computeCapability: '8.7', onnxruntime: '1.30.0' };
  expect(versionFault(facts)).toBe(fault);
});

it('finds in a provider library what it is linked with', () => {
  const strings = '\0libcublas.so.13\0libnvinfer.so.10\0libnvonnxparser.so.10\0libcudart.so.13\0';
  expect(linkedLibraries(Buffer.from(strings))).toEqual({
    tensorrt: 'libnvinfer.so.10',
    cuda: 'libcudart.so.13',
  });
  expect(() => linkedLibraries(Buffer.from('\0libcudart.so.13\0'))).toThrow('names no libnvinfer');
  expect(() => linkedLibraries(Buffer.from('libnvinfer.so.10'))).toThrow('names no libcudart');
});

it.each(['tensorrt', 'cuda', 'shared'])(
  'names the provider library %s when it is missing',
  (one) => {
    const files = { ...disk, exists: (path: string) => !path.includes(one) };
    expect(() => readAccelerator('/ort/libonnxruntime.so.1', '1.30.0', files)).toThrow(
      `/ort/libonnxruntime_providers_${one}.so is missing`,
    );
  },
);
