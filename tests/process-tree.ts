import { readdirSync, readFileSync } from 'node:fs';

/** A process of a group, as the kernel shows it. */
export interface GroupMember {
  pid: number;
  /** Arguments, separated by spaces. */
  commandLine: string;
}

/** The live processes of a process group. What has ended and only waits for its parent is left out. */
export function processesOf(group: number): GroupMember[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readMember(Number(name), group));
}

function readMember(pid: number, group: number): GroupMember[] {
  try {
    // proc(5): "pid (name) state ppid pgrp ..."; the name may hold anything, so what counts stands after the last ")".
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(itsGroup) !== group || state === 'Z' || state === 'X') return [];
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return [{ pid, commandLine }];
  } catch {
    // It ended while it was looked at.
    return [];
  }
}
