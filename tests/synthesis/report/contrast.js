// Every text that is seen, with its colour against the ground below it: how many, and those below WCAG's AA.
const part = (value) => {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
};
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
const ground = (node) => {
  const below = node.matches(".bar text") && node.previousElementSibling;
  if (below) return numbers(getComputedStyle(below).fill);
  for (let at = node; at; at = at.parentElement) {
    const colour = numbers(getComputedStyle(at).backgroundColor);
    if (colour.length < 4 || colour[3] === 1) return colour;
  }
  return [255, 255, 255];
};
const weak = [];
let asked = 0;
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const node = walk.currentNode.parentElement;
  if (!walk.currentNode.textContent.trim() || node.closest("script, style, .out, .skip")) continue;
  const style = getComputedStyle(node);
  if (!node.getClientRects().length || parseFloat(style.fontSize) === 0) continue;
  const colour = node.closest("svg") ? style.fill : style.color;
  if (!/^rgb/.test(colour)) continue;
  const pair = [light(numbers(colour)), light(ground(node))].sort((a, b) => b - a);
  const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
  const size = parseFloat(style.fontSize);
  const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  asked += 1;
  if (ratio < (large ? 3 : 4.5)) weak.push(`${walk.currentNode.textContent.trim().slice(0, 40)} ${ratio.toFixed(2)}`);
}
return [asked, [...new Set(weak)].slice(0, 20)];
