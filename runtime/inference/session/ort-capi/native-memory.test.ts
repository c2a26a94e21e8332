import koffi from 'koffi';
import { describe, expect, it } from 'vitest';
import { copyFloats, makeTexts, NativeMemory } from './native-memory.ts';
import { SlabPool } from './slab-pool.ts';

describe('native memory', () => {
  it('is zeroed, holds what is written, and gives copies', () => {
    const memory = new NativeMemory(12);
    expect([...copyFloats(memory.address, 3)]).toEqual([0, 0, 0]);
    const values = Float32Array.of(9, 1, 2);
    memory.write(values.subarray(1), 4);
    const copy = copyFloats(memory.address, 3);
    memory.write(Float32Array.of(7, 7, 7));
    expect([...copy]).toEqual([0, 1, 2]);
    expect(copyFloats(memory.address, 0)).toHaveLength(0);
    memory.free();
  });

  it('refuses what does not fit, and everything after it was freed', () => {
    const memory = new NativeMemory(8);
    expect(() => memory.write(new Uint8Array(9))).toThrow(RangeError);
    memory.free();
    memory.free();
    expect(() => memory.write(new Uint8Array(1))).toThrow('after it was freed');
    expect(() => memory.pointer(0)).toThrow('after it was freed');
  });

  it('holds texts as C reads them', () => {
    const texts = ['image', '', 'ü'];
    const held = makeTexts(texts);
    expect(texts.map((_, at) => koffi.decode.string(held.pointer(at)))).toEqual(texts);
    held.free();
  });
});

describe('the slabs of a session', () => {
  it('are used again where they are large enough', () => {
    const pool = new SlabPool();
    const first = pool.take(100);
    pool.putBack(first);
    expect(pool.take(80)).toBe(first);
    const second = pool.take(80);
    expect(second).not.toBe(first);
    pool.putBack(first);
    pool.putBack(second);
    expect(pool.take(200).bytes).toBeGreaterThanOrEqual(200);
    pool.close();
  });

  it('are kept two at most, the largest', () => {
    const pool = new SlabPool();
    const slabs = [pool.take(8), pool.take(800), pool.take(80)];
    for (const slab of slabs) pool.putBack(slab);
    expect(() => slabs[0]!.pointer(0)).toThrow('freed');
    expect([pool.take(8), pool.take(8)]).toEqual([slabs[2], slabs[1]]);
    pool.close();
  });

  it('are freed with the pool, and those that are out when they come back', () => {
    const pool = new SlabPool();
    const [inside, out] = [pool.take(8), pool.take(8)];
    pool.putBack(inside);
    pool.close();
    expect(() => inside.pointer(0)).toThrow('freed');
    expect(out.pointer(0)).toBe(0n);
    pool.putBack(out);
    expect(() => out.pointer(0)).toThrow('freed');
  });
});
