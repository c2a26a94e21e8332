import { describe, expect, it } from 'vitest';
import {
  agxOrinJp5,
  broken,
  orinNanoJp6,
  thorJp7,
  x86,
} from '../../tests/fixtures/machines/machines.ts';
import { treeFiles, type Tree } from '../../tests/fixtures/machines/tree.ts';
import { machineRoots } from './attribute.ts';
import { describeReadings, type MachineDescription } from './description.ts';
import { readMachine } from './readings.ts';

function describeTree(tree: Tree): MachineDescription {
  return describeReadings(readMachine(treeFiles(tree), machineRoots));
}

describe('the machine in words', () => {
  it('says what is known of each machine', () => {
    expect(describeTree(orinNanoJp6).line).toBe(
      'NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super; 49 °C, slows itself down at 99 °C; 6.3 W; 5.2 of 8.0 GB memory free; MAXN_SUPER',
    );
    expect(describeTree(agxOrinJp5).line).toBe(
      'Jetson AGX Orin; 99 °C, slows itself down at 99 °C; 25.0 W; 20.5 of 32.0 GB memory free; mode 0',
    );
    expect(describeTree(thorJp7).line).toBe(
      'NVIDIA Jetson AGX Thor Developer Kit; 55 °C; 13.0 W; 122.9 of 131.9 GB memory free',
    );
    expect(describeTree(x86).line).toBe(
      '61 °C, slows itself down at 100 °C; 61.4 of 66.6 GB memory free',
    );
  });

  it('claims nothing of what is not known', () => {
    expect(describeTree({}).line).toBe('nothing known');
    expect(describeTree({}).warnings).toEqual([]);
    expect(describeTree(broken).line).toBe('NVIDIA Jetson Orin NX');
  });

  it('warns with what to do', () => {
    expect(describeTree(agxOrinJp5).warnings.map((words) => words.slice(0, 32))).toEqual([
      'The device slows itself down bec',
      'The housing is hot to the touch.',
      'The supply voltage has been too ',
      'The device has drawn too much cu',
      'Memory has run out since the sta',
    ]);
    expect(describeTree(broken).warnings).toEqual([
      expect.stringMatching(/^No temperature can be/),
    ]);
  });
});
