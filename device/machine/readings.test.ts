import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  agxOrinJp5,
  broken,
  machines,
  orinNanoJp6,
  thorJp7,
  x86,
} from '../../tests/fixtures/machines/machines.ts';
import { treeFiles, type Tree } from '../../tests/fixtures/machines/tree.ts';
import { disk } from '../files.ts';
import { machineRoots } from './attribute.ts';
import { readMachine, type MachineReadings } from './readings.ts';

function read(tree: Tree): MachineReadings {
  return readMachine(treeFiles(tree), machineRoots);
}

function celsius(readings: MachineReadings): Record<string, number | undefined> {
  return Object.fromEntries(readings.zones.map((zone) => [zone.name, zone.celsius]));
}

describe('an Orin Nano with JetPack 6', () => {
  const readings = read(orinNanoJp6);

  it('knows the machine, its release and its power mode', () => {
    expect(readings.identity).toEqual({
      model: 'NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super',
      chip: 'tegra234',
      l4t: '36.4.3',
    });
    expect(readings.powerMode).toBe('MAXN_SUPER');
  });

  it('does not know the temperature of parts without power and of a zone that is switched off', () => {
    expect(celsius(readings)).toEqual({
      'cpu-thermal': 48.562,
      'gpu-thermal': 49.031,
      'cv0-thermal': undefined,
      'cv1-thermal': undefined,
      'cv2-thermal': undefined,
      'soc0-thermal': 46.968,
      'soc1-thermal': 48.218,
      'soc2-thermal': 47,
      'tj-thermal': undefined,
    });
  });

  it('takes the passive trip point that slows, not the one that only warns of a hot housing', () => {
    const [cpu] = readings.zones;
    expect(cpu).toMatchObject({ throttlesAt: 99, shutsDownAt: 104.5 });
    expect(readings.zones.at(-1)).toMatchObject({ throttlesAt: undefined, shutsDownAt: undefined });
  });

  it('takes a trip point at which something acts as well as warns', () => {
    const tree = {
      ...orinNanoJp6,
      '/sys/class/thermal/thermal_zone0/cdev3/type': 'cpufreq-cpu4',
      '/sys/class/thermal/thermal_zone0/cdev3_trip_point': '2',
    };
    expect(read(tree).zones[0]?.throttlesAt).toBe(70);
  });

  it('does not take a fan or a clock at work for throttling', () => {
    expect(readings.alerts).toEqual({ throttling: false, hotSurface: false });
  });

  it('reads counters, rails and the GPU by name', () => {
    expect(readings.overCurrent).toEqual({ underVoltage: 0, average: 15, instantaneous: 27_390 });
    expect(readings.rails).toEqual([
      { label: 'VDD_IN', watts: 6.3, limitShare: 0.25 },
      { label: 'VDD_CPU_GPU_CV', watts: 2, limitShare: undefined },
      { label: 'VDD_SOC', watts: 1.4976, limitShare: undefined },
    ]);
    expect(readings.gpu).toEqual({ load: 0.437, megahertz: 612, maxMegahertz: 1020 });
  });

  it('reads memory and the pressure on it', () => {
    expect(readings.memory).toEqual({
      totalBytes: 7_802_036 * 1024,
      availableBytes: 5_120_000 * 1024,
      stalled: 0.015,
      oomKills: 3,
    });
  });
});

describe('an AGX Orin with JetPack 5', () => {
  const readings = read(agxOrinJp5);

  it('knows its zones under their older names', () => {
    expect(celsius(readings)).toEqual({ 'CPU-therm': 96, 'GPU-therm': 99.25, 'tj-therm': 99.25 });
  });

  it('sees the throttling and the hot housing', () => {
    expect(readings.alerts).toEqual({ throttling: true, hotSurface: true });
  });

  it('reads both power monitors and leaves out what is not connected', () => {
    expect(readings.rails.map(({ label, watts }) => [label, watts])).toEqual([
      ['VDD_GPU_SOC', 16],
      ['VDD_CPU_CV', 4],
      ['VIN_SYS_5V0', 5],
      ['VDDQ_VDD2_1V8AO', 0.9],
    ]);
  });

  it('reads the GPU under its older name, and does not know the pressure that the kernel does not tell', () => {
    expect(readings.gpu).toEqual({ load: 0.99, megahertz: 930.75, maxMegahertz: 1300.5 });
    expect(readings.memory.stalled).toBeUndefined();
  });

  it('names the power mode by its number where the table of names is missing', () => {
    expect(readings.powerMode).toBe('mode 0');
  });
});

describe('a Thor with JetPack 7', () => {
  const readings = read(thorJp7);

  it('knows its zones, of which only the temperature of switching off is told', () => {
    expect(celsius(readings)).toEqual({
      'cpu-thermal': 53.7,
      'gpu-thermal': undefined,
      'soc012-thermal': 55.1,
      'soc345-thermal': 53.7,
      'tj-thermal': 55.1,
    });
    expect(new Set(readings.zones.map((zone) => zone.throttlesAt))).toEqual(new Set([undefined]));
    expect(new Set(readings.zones.map((zone) => zone.shutsDownAt))).toEqual(new Set([114.5]));
  });

  it('reads the clock of the GPU among the other devices and does not know its load', () => {
    expect(readings.gpu).toEqual({ load: undefined, megahertz: 315, maxMegahertz: 1575 });
    expect(readings.identity).toMatchObject({ chip: 'tegra264', l4t: '38.2.0' });
  });
});

describe('a PC', () => {
  const readings = read(x86);

  it('knows the temperatures of its cores and nothing of the firmware’s and the network card’s', () => {
    expect(readings.zones.map((zone) => [zone.name, zone.celsius, zone.throttlesAt])).toEqual([
      ['Package id 0', 61, 100],
      ['Core 0', 58, 100],
      ['Package id 1', 55, 100],
      ['Core 0', 54, 100],
    ]);
  });

  it('does not know what only a Jetson tells', () => {
    expect(readings.identity).toEqual({ model: undefined, chip: undefined, l4t: undefined });
    expect(readings.alerts).toEqual({ throttling: undefined, hotSurface: undefined });
    expect(readings.rails).toEqual([]);
    expect(readings.powerMode).toBeUndefined();
  });
});

describe('a machine whose sensors have nothing to say', () => {
  const readings = read(broken);

  it('knows no temperature, but which zones there are', () => {
    expect(readings.zones).toHaveLength(6);
    for (const zone of readings.zones) {
      expect(zone).toEqual({
        name: zone.name,
        celsius: undefined,
        throttlesAt: undefined,
        shutsDownAt: undefined,
      });
    }
  });

  it('does not take an alert that cannot be read for silence', () => {
    expect(readings.alerts.throttling).toBeUndefined();
  });

  it('makes no figure of empty, foreign or absurd content', () => {
    expect(readings.overCurrent).toEqual({
      underVoltage: undefined,
      average: undefined,
      instantaneous: undefined,
    });
    expect(readings.rails).toEqual([{ label: 'VDD_IN', watts: undefined, limitShare: undefined }]);
    expect(readings.gpu).toEqual({
      load: undefined,
      megahertz: undefined,
      maxMegahertz: undefined,
    });
    expect(Object.values(readings.memory)).toEqual([undefined, undefined, undefined, undefined]);
    expect(readings.powerMode).toBeUndefined();
    expect(readings.identity.l4t).toBeUndefined();
  });
});

describe('any machine', () => {
  it.each(Object.entries(machines))(
    '%s: any single file may fail, and nothing throws',
    (_, tree) => {
      for (const path of Object.keys(tree)) {
        const failing = { ...tree, [path]: Object.assign(new Error('EIO'), { code: 'EIO' }) };
        expect(() => read(failing)).not.toThrow();
      }
    },
  );

  it('knows nothing of itself where there are no files at all', () => {
    const readings = read({});
    expect(readings.zones).toEqual([]);
    expect(Object.values(readings.memory)).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe('on a real file system', () => {
  const root = mkdtempSync(join(tmpdir(), 'scanside-machine-'));
  afterAll(() => rmSync(root, { recursive: true }));

  it('reads the same as from the table, with a folder where a file should be', () => {
    for (const [path, content] of Object.entries(orinNanoJp6)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      // A folder cannot be read either, which is how a sensor without power is made here.
      if (content instanceof Error) mkdirSync(join(root, path));
      else writeFileSync(join(root, path), content);
    }
    const roots = { sysRoot: join(root, 'sys'), procRoot: join(root, 'proc'), hostRoot: root };
    expect(readMachine(disk, roots)).toEqual(read(orinNanoJp6));
  });

  it('reads the machine that the test runs on', () => {
    expect(readMachine(disk, machineRoots).memory.availableBytes).toBeGreaterThan(0);
  });
});
