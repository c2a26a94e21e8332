/** Keys of the pad; the one that is no digit erases. */
const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '⌫', '0'];

/** Gives touch screens large keys for the PIN beside the screen's own keyboard. `erase`: what the last key is called. */
export function providePinPads(erase: string): void {
  if (!matchMedia('(pointer: coarse)').matches) return;
  for (const pad of document.querySelectorAll('.pin-pad')) {
    const input = pad.closest('form')?.querySelector<HTMLInputElement>('input[name=secret]');
    if (input) pad.append(...keys.map((key) => createKey(key, input, erase)));
  }
}

function createKey(key: string, input: HTMLInputElement, erase: string): HTMLButtonElement {
  const button = document.createElement('button');
  const isDigit = /\d/.test(key);
  button.type = 'button';
  button.textContent = key;
  if (!isDigit) button.setAttribute('aria-label', erase);
  button.addEventListener('click', () => {
    input.value = isDigit ? input.value + key : input.value.slice(0, -1);
  });
  return button;
}
