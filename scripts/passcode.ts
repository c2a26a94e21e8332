// Prints the hash of a passcode, which it reads from standard input, for `receiver.callers[].user.passcodeHash`.
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { hashPasscode } from '../runtime/dicom/passcode.ts';

if (process.stdin.isTTY) console.error('Passcode, then Enter and Ctrl-D:');
const passcode = (await text(process.stdin)).replace(/\r?\n$/, '');
console.log(await hashPasscode(passcode));
