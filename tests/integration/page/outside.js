// Texts that reach out of the window, or out of a box that does not cut its words off on purpose.
(() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.data.trim() || getComputedStyle(text.parentElement).visibility === 'hidden') continue;
    if (text.parentElement.closest('.answer, .axis')) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    const around = text.parentElement.closest('.box, .region, .card, .alb, .service, .nat, .lane, td, th, body');
    const limit = around.getBoundingClientRect();
    if (box.width && (box.right > document.documentElement.clientWidth + 0.5 || box.left < -0.5 || box.right > limit.right + 6))
      found.push(`${text.data.trim()} in ${around.className || around.tagName}`);
  }
  return found;
})()
