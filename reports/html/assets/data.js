// The list is read at once. The rest of a scenario, and the evidence, are read when somebody first asks for them.
function lazily(id) {
  let value;
  return () => value ??= JSON.parse(byId(id).textContent);
}

const entries = JSON.parse(byId('data-index').textContent);
const details = lazily('data-details');
const evidence = lazily('data-evidence');

const urgency = ['failed', 'error', 'flaky', 'skipped', 'passed', 'unsupported'];
const indexOf = new Map(entries.map((e, i) => [e.id, i]));
entries.forEach((e, i) => {
  e.index = i;
  e.rank = urgency.indexOf(e.verdict);
});

// haystack is what the search looks at; the steps are in it once they were read.
function haystack(e) {
  return e.text ??= [e.name, e.feature, e.where, e.reason, e.tags, e.outcome, e.local, e.remote, e.verdict].join('\n').toLowerCase();
}

function withSteps(e) {
  return e.deep ??= details().scenarios[e.index].steps.map((step) => step.text + '\n' + (step.message || '')).join('\n').toLowerCase();
}

function link(e) {
  return '#/scenario/' + encodeURIComponent(e.id);
}

// tagged are the values of tags such as @guide:NAME.
function tagged(e, name) {
  const start = '@' + name + ':';
  return (e.tags || '').split(' ').filter((tag) => tag.startsWith(start)).map((tag) => tag.slice(start.length));
}
