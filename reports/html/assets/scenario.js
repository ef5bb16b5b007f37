const models = { 'api-key': 'cross-cluster API key', certificate: 'TLS certificates', none: 'no security' };

function scenarioPage(e, back) {
  const d = details.scenarios[e.index];
  const outcome = details.outcomes.find((one) => one.id === e.outcome);
  const grid = h('div', { class: 'scenario-grid' },
    topologySection(e, d),
    d.steps.length > 0 && h('section', { 'aria-labelledby': 'steps-heading' }, h('h2', { id: 'steps-heading' }, 'Steps'), stepList(d.steps)),
    h('div', { class: 'side-by-side' }, outcomePanel(e, outcome), aboutPanel(e, d), remoteInfoPanel(d)),
    evidenceSection(e, d),
    elsewhere(e));
  return h('div', null,
    h('a', { class: 'back', href: back }, '← All scenarios'),
    h('header', { class: 'scenario-head' },
      h('p', { class: 'eyebrow' }, e.feature),
      h('h1', { tabindex: '-1' }, e.name),
      h('p', { class: 'status' },
        h('span', { class: 'state ' + e.verdict }, icon(e.verdict), e.verdict),
        h('span', null, 'local ', h('b', null, e.local), ' → remote ', h('b', null, e.remote)),
        e.seconds > 0 && h('span', { class: 'muted' }, seconds(e.seconds)),
        d.attempts > 1 && h('span', { class: 'muted' }, plural(d.attempts, 'attempt'))),
      e.verdict !== 'passed' && !d.steps.some((step) => step.message && step.message === e.reason) && h('p', { class: 'status-reason' }, e.reason),
      d.simulated && d.simulated.length > 0 && h('p', { class: 'notice' }, h('b', null, 'Simulated here: '), d.simulated.map(words).join(', '),
        '. The Elasticsearch clusters are real.')),
    d.notes && d.notes.length > 0 && h('div', { class: 'notice' }, h('b', null, 'Noticed: '), d.notes.join('; '), '.'),
    grid, pager(e));
}

// outcomePanel says what a scenario that does something wrong expects to happen.
function outcomePanel(e, outcome) {
  if (!e.outcome) return null;
  const says = { passed: 'Done wrong on purpose: Elasticsearch failed as the catalogue says.', flaky: 'Done wrong on purpose: Elasticsearch failed as the catalogue says, on a retry.',
    failed: 'Done wrong on purpose: Elasticsearch did not fail as the catalogue says.' }[e.verdict] || 'Done wrong on purpose.';
  return h('section', { class: 'panel', 'aria-labelledby': 'outcome-heading' },
    h('h3', { id: 'outcome-heading' }, outcome ? outcome.title : e.outcome),
    h('p', { class: 'muted' }, says),
    h('br'),
    h('dl', null, outcome && [
      h('dt', null, 'Mistake'), h('dd', null, outcome.done),
      h('dt', null, 'Cause'), h('dd', null, outcome.cause),
      h('dt', null, 'Fix'), h('dd', null, outcome.fix),
      h('dt', null, 'Known from'), h('dd', null, (outcome.source || []).join('; '))],
    h('dt', null, 'Entry'), h('dd', { class: 'mono' }, e.outcome)));
}

function aboutPanel(e, d) {
  const guides = tagged(e, 'guide'), steps = tagged(e, 'step'), model = tagged(e, 'model')[0];
  const term = (name, ...value) => [h('dt', null, name), h('dd', null, ...value)];
  return h('section', { class: 'panel', 'aria-labelledby': 'about-heading' },
    h('h3', { id: 'about-heading' }, 'About this scenario'),
    h('dl', { class: 'wide-terms' },
      steps.length > 0 && term('Documented step', steps.map(words).join('; ')),
      guides.length > 0 && term(guides.length > 1 ? 'Guides' : 'Guide', guides.map(words).join('; ')),
      model && term('Security model', models[model] || model),
      Object.entries(d.measurements || {}).map(([name, n]) => term(words(name), seconds(n),
        name === 'recovery' && h('span', { class: 'muted' }, ' from the end of the fault to the first search that worked'))),
      d.fact && term('Fact', h('span', { class: 'mono' }, d.fact)),
      term('File', h('span', { class: 'mono' }, e.where)),
      e.tags && term('Tags', h('span', { class: 'mono' }, e.tags))));
}

// remoteInfoPanel has the shape of _remote/info: for what programs depend on, beside the values that a step checks.
function remoteInfoPanel(d) {
  if (!d.remote_info || !d.remote_info.length) return null;
  return h('section', { class: 'panel', 'aria-labelledby': 'shape-heading' },
    h('h3', { id: 'shape-heading' }, '_remote/info when connected'),
    d.remote_info.map((one) => [
      h('p', { class: 'muted' }, `“${one.alias}”, ${one.mode} mode: fields and their types, and the values that nothing had set`),
      h('dl', { class: 'wide-terms fields' }, Object.keys(one.fields || {}).sort().map((name) => [
        h('dt', { class: 'mono' }, name),
        h('dd', null, one.fields[name], one.defaults && one.defaults[name] !== undefined && [', default ', h('span', { class: 'mono' }, one.defaults[name])])]))]));
}

function evidenceSection(e, d) {
  if (!d.evidence) return null;
  const files = evidence[e.index] || [];
  return h('section', { class: 'evidence', 'aria-labelledby': 'evidence-heading' },
    h('h2', { id: 'evidence-heading' }, 'Evidence'),
    h('p', { class: 'lead' }, files.length ? 'Gathered before anything was cleaned up; credentials are replaced. ' : 'The files were not beside the result when this report was written. ',
      'Folder: ', h('span', { class: 'mono' }, d.evidence)),
    files.map((file) => {
      const note = h('span', { class: 'muted' }, [size(file.bytes), file.left].filter(Boolean).join(', '));
      if (!file.text) return h('details', null, h('summary', null, h('span', { class: 'mono' }, file.name), note), h('pre', null, file.left || 'empty'));
      const one = h('details', null, h('summary', null, h('span', { class: 'mono' }, file.name), note));
      one.addEventListener('toggle', () => {
        if (one.childElementCount === 1) one.append(h('pre', { tabindex: '0' }, file.text));
      });
      return one;
    }));
}

// elsewhere links the same scenario on the other pairs.
function elsewhere(e) {
  const same = entries.filter((other) => other.where === e.where);
  if (same.length < 2) return null;
  return h('section', { 'aria-labelledby': 'pairs-heading' }, h('h2', { id: 'pairs-heading' }, 'On other versions'),
    h('ul', { class: 'pairs-list' }, same.map((other) => h('li', null, h('a', { href: link(other), 'aria-current': other === e ? 'page' : null },
      icon(other.verdict), h('span', { class: 'unseen' }, other.verdict + ' '), `${other.local} → ${other.remote}`)))));
}

function pager(e) {
  const at = shown.indexOf(e);
  const before = at > 0 && shown[at - 1], after = at >= 0 && shown[at + 1];
  if (!before && !after) return null;
  return h('nav', { class: 'pager', 'aria-label': 'Neighbours in the list' },
    before && h('a', { href: link(before) }, '← ' + before.name), after && h('a', { href: link(after) }, after.name + ' →'));
}
