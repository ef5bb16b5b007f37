function stepList(steps) {
  return h('ol', { class: 'steps' }, steps.map((step) => h('li', { class: step.verdict },
    icon(step.verdict),
    h('div', { class: 'step-text' },
      h('span', { class: 'unseen' }, step.verdict + ': '),
      h('span', { class: 'keyword' }, step.keyword), ' ', quoted(step.text),
      step.table && h('table', { class: 'data-table' }, h('tbody', null, step.table.map((cells) => h('tr', null, cells.map((cell) => h('td', null, cell))))))),
    h('span', { class: 'time' }, step.verdict === 'skipped' ? 'not run' : step.seconds < 0.05 ? '< 0.1 s' : seconds(step.seconds)),
    findings(step))));
}

// quoted sets what stands in quotation marks apart: aliases, indices, entries of the catalogue.
function quoted(text) {
  return text.split(/("[^"]*")/).map((part) => part.startsWith('"') ? h('span', { class: 'quoted' }, part) : part);
}

function findings(step) {
  if (!step.message && !step.wanted && !step.got && !step.hint) return null;
  return h('div', { class: 'found-out' },
    step.message && h('p', { class: 'message' }, step.message),
    (step.wanted || step.got) && versus(step.wanted || '', step.got || ''),
    step.polled && h('p', { class: 'muted' }, `Asked until the time was up: ${step.polled}.`),
    step.hint && h('p', { class: 'hint' }, step.hint));
}

// versus sets both texts side by side. Lines that the other side does not have are marked, in more than colour.
function versus(wanted, got) {
  const left = wanted.split('\n'), right = got.split('\n');
  const side = (title, lines, others) => h('div', null, h('h4', null, title),
    h('pre', null, lines.map((line) => h(others.includes(line) || !line ? 'span' : 'mark', { class: 'line' }, line))));
  return h('div', { class: 'versus' }, side('Wanted', left, right), side('Got', right, left));
}
