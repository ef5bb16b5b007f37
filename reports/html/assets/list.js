const controls = { q: byId('f-q'), verdict: byId('f-verdict'), local: byId('f-local'), remote: byId('f-remote'), order: byId('f-order') };
const rows = byId('rows');
const batch = 60;
let shown = []; // what the filters leave
let drawn = 0; // how many of them are in the document

const orders = {
  '': (a, b) => a.rank - b.rank || a.index - b.index,
  run: (a, b) => a.index - b.index,
  slow: (a, b) => b.seconds - a.seconds || a.index - b.index,
};

function matches(e, filter, terms) {
  if (filter.verdict && e.verdict !== filter.verdict) return false;
  if (filter.local && e.local !== filter.local) return false;
  if (filter.remote && e.remote !== filter.remote) return false;
  return terms.every((term) => haystack(e).includes(term) || (term.length > 2 && withSteps(e).includes(term)));
}

function applyFilter(filter) {
  for (const [name, control] of Object.entries(controls)) {
    const wanted = filter[name] || '';
    if (control.value !== wanted) control.value = wanted;
  }
  const terms = (filter.q || '').toLowerCase().split(/\s+/).filter(Boolean);
  if (terms.length && !details) unpacked().then(() => location.hash.includes('q=') && applyFilter(filter));
  shown = entries.filter((e) => matches(e, filter, terms)).sort(orders[filter.order] || orders['']);
  drawn = 0;
  rows.replaceChildren();
  draw(batch);
  byId('found').textContent = shown.length === entries.length
    ? plural(entries.length, 'scenario') : `${shown.length} of ${plural(entries.length, 'scenario')}`;
  byId('clear').hidden = !['q', 'verdict', 'local', 'remote'].some((name) => filter[name]);
  let nothing = byId('nothing');
  if (!shown.length && !nothing) {
    nothing = h('p', { class: 'nothing', id: 'nothing' }, 'No scenario fits this filter.');
    rows.after(nothing);
  } else if (shown.length && nothing) {
    nothing.remove();
  }
}

function draw(n) {
  const part = shown.slice(drawn, drawn + n).map(row);
  drawn += part.length;
  rows.append(...part);
}

function row(e) {
  return h('li', null, h('a', { class: 'row', href: link(e) },
    icon(e.verdict),
    h('span', { class: 'what' },
      h('span', { class: 'unseen' }, e.verdict + ': '),
      h('span', { class: 'row-name' }, e.name), ' ',
      e.simulated && h('span', { class: 'badge' }, 'simulated parts'),
      h('span', { class: 'row-note' }, h('br'), e.feature),
      e.verdict !== 'passed' && e.reason && h('span', { class: 'row-reason ' + e.verdict }, e.reason)),
    h('span', { class: 'pair' }, h('span', { class: 'unseen' }, 'local '), e.local, h('span', { 'aria-hidden': 'true' }, ' → '), h('span', { class: 'unseen' }, ' remote '), e.remote),
    h('span', { class: 'time' }, e.seconds > 0 ? seconds(e.seconds) : '')));
}

// More rows are drawn before the last one comes into sight, and all of them for paper.
new IntersectionObserver((seen) => {
  if (seen.some((one) => one.isIntersecting)) drawMore();
}, { rootMargin: '1200px' }).observe(byId('more'));

function drawMore() {
  if (drawn >= shown.length || byId('overview').hidden) return;
  draw(batch);
  requestAnimationFrame(() => {
    if (byId('more').getBoundingClientRect().top < innerHeight + 1200) drawMore();
  });
}

addEventListener('beforeprint', () => {
  draw(shown.length);
  document.querySelectorAll('details.card, details.fold').forEach((one) => { one.open = true; });
});
