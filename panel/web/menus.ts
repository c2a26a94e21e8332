/** Closes an open menu when something else is touched, and on Escape. */
export function closeMenus(): void {
  const open = () => document.querySelector<HTMLDetailsElement>('.menu[open]');
  window.addEventListener('pointerdown', ({ target }) => {
    const menu = open();
    if (menu && target instanceof Node && !menu.contains(target)) menu.open = false;
  });
  window.addEventListener('keydown', ({ key }) => {
    const menu = key === 'Escape' ? open() : null;
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
}
