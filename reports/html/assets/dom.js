// Elements are made of text nodes only: nothing that a result holds is ever read as markup.
const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === '') continue;
    element.append(child);
  }
  return element;
}

function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function icon(verdict) {
  return s('svg', { class: 'icon ' + verdict, viewBox: '0 0 16 16', 'aria-hidden': 'true', focusable: 'false' },
    s('use', { href: '#i-' + verdict }));
}

function byId(id) {
  return document.getElementById(id);
}

function seconds(n) {
  const tenths = Math.round(n * 10) / 10;
  if (tenths < 60) return tenths + ' s';
  const whole = Math.round(n);
  if (whole >= 3600) return Math.floor(whole / 3600) + 'h ' + (Math.floor(whole / 60) % 60) + 'm';
  return Math.floor(whole / 60) + 'm ' + (whole % 60) + 's';
}

function plural(n, noun) {
  return n === 1 ? '1 ' + noun : n + ' ' + noun + 's';
}

function size(bytes) {
  if (bytes < 1000) return plural(bytes, 'byte');
  return bytes < 1e6 ? Math.round(bytes / 1000) + ' KB' : (bytes / 1e6).toFixed(1) + ' MB';
}

// words turns a tag such as create-a-cross-cluster-api-key into words.
function words(slug) {
  const text = slug.split('-').map((word) => /^(api|ca|ech|eck|ess|id|sni|tls)$/.test(word) ? word.toUpperCase() : word).join(' ').replace('cross cluster', 'cross-cluster');
  return text.charAt(0).toUpperCase() + text.slice(1);
}
