// Forms: a native dialog with labelled fields, help while typing, and what is wrong beside the field at fault.

import { combobox } from './combobox.js'
import { find, make } from './dom.js'
import { words } from './own.js'

const TIMES = ['time', 'when', 'date']
let numbers = 0

// `state` has people and channels; `send(answers)` submits; `suggest(field, typed)` asks for help.
export function openForm(form, state, { send, suggest }) {
  const dialog = find('form')
  const fields = form.fields.map(field => fieldOf(field, form.filled[field.name], state, suggest))
  const general = make('p', { class: 'problem', role: 'alert' })
  const submit = make('button', { type: 'submit', class: 'button primary' }, form.page < form.pages ? 'Next' : 'Send')

  const showProblems = problems => {
    submit.disabled = false
    for (const field of fields) field.complain([])
    const known = problems.filter(problem => {
      const field = fields.find(each => each.name === problem.field)
      field?.complain(problem.text)
      return field
    })
    general.replaceChildren(...problems.filter(problem => !known.includes(problem)).flatMap(problem => words(problem.text)))
    fields.find(field => problems.some(problem => problem.field === field.name))?.focus()
  }

  const missing = () => fields.filter(field => field.required && !field.given())
    .map(field => ({ field: field.name, text: [`Please fill in “${field.label}”.`] }))

  dialog.replaceChildren(make('form', { novalidate: true, onsubmit: event => {
    event.preventDefault()
    const wrong = missing()
    showProblems(wrong)
    if (wrong.length) return
    submit.disabled = true // until the answer comes
    send(Object.fromEntries(fields.map(field => [field.name, field.value()])))
  } },
  make('header', {},
    make('h2', { id: 'form-title' }, form.title),
    form.pages > 1 ? make('p', { class: 'part' }, `Part ${form.page} of ${form.pages}`) : ''),
  make('div', { class: 'fields' }, fields.map(field => field.whole)),
  general,
  make('footer', {},
    make('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, 'Cancel'),
    submit)))
  if (!dialog.open) dialog.showModal()
  showProblems(form.problems)
  if (!form.problems.length) fields[0]?.focus()
  return { showProblems, close: () => dialog.close() }
}

function fieldOf(field, filled, state, suggest) {
  const id = `field-${++numbers}`
  const options = choices(field, state)
  const start = filled ?? field.default
  const problem = make('p', { class: 'problem', id: `${id}-problem`, role: 'alert' })
  const about = make('p', { class: 'about', id: `${id}-about` }, field.about)
  const described = { id, 'aria-describedby': `${id}-about ${id}-problem`, 'aria-required': String(field.required) }
  const { control, value, main } = field.many && options ? ticks(field, options, start, described)
    : options ? choice(field, options, start, described)
      : field.kind === 'flag' ? tick(start, described)
        : typing(field, start, described, suggest)
  const label = [field.label, field.required ? '' : make('span', { class: 'optional' }, ' optional')]
  const several = field.many && options
  const whole = make(several ? 'fieldset' : 'div', { class: 'field' },
    several ? make('legend', {}, label) : make('label', { for: id }, label), about, control, problem)
  return {
    name: field.name, label: field.label, required: field.required, whole, value,
    given: () => field.kind === 'flag' || String(value()).trim() !== '',
    focus: () => main.focus(),
    complain: nodes => {
      problem.replaceChildren(...words(nodes))
      if (nodes.length) {
        main.setAttribute('aria-invalid', 'true')
        main.dispatchEvent(new Event('complaint'))
      } else main.removeAttribute('aria-invalid')
    },
  }
}

function choices(field, state) {
  if (field.options.length) return field.options
  if (field.kind === 'member') return state.people.map(p => ({ value: p.id, label: p.name }))
  if (field.kind === 'channel') return state.channels.filter(c => c.kind !== 'direct').map(c => ({ value: c.id, label: `#${c.name}` }))
  return null
}

function ticks(field, options, start, described) {
  const chosen = [start ?? []].flat()
  const boxes = options.map(option => make('input', { type: 'checkbox', value: option.value, checked: chosen.includes(option.value) }))
  const control = make('div', { class: 'ticks', 'aria-describedby': described['aria-describedby'] },
    options.map((option, n) => make('label', { class: 'choice' }, boxes[n], make('span', {}, option.label))))
  return { control, main: boxes[0], value: () => boxes.filter(box => box.checked).map(box => box.value) }
}

function choice(field, options, start, described) {
  const lines = options.map(option => make('option', { value: option.value }, option.label))
  const none = start === undefined || start === null || start === ''
  const control = make('select', described, none || !field.required ? make('option', { value: '' }, '') : '', lines)
  control.value = none ? '' : String(start)
  return { control, main: control, value: () => control.value }
}

function tick(start, described) {
  const control = make('input', { ...described, type: 'checkbox', checked: start === true || start === 'yes' })
  return { control, main: control, value: () => control.checked }
}

function typing(field, start, described, suggest) {
  const long = field.long || (field.many && field.kind === 'text')
  const text = Array.isArray(start) ? start.join('\n') : start ?? ''
  const main = make(long ? 'textarea' : 'input', {
    ...described, ...(long ? { rows: 4 } : { type: 'text' }),
    placeholder: field.hint || null, maxlength: field.max && Math.max(field.max, 4000), autocomplete: 'off',
    inputmode: field.kind === 'integer' ? 'numeric' : null,
  })
  main.value = String(text)
  const value = () => picked?.label === main.value ? picked.value : main.value
  let picked = null
  if (!field.suggests || long) return { control: main, main, value }
  if (TIMES.includes(field.kind)) return { control: echoed(field, main, suggest), main, value }
  const list = make('ul', { class: 'options', id: `${described.id}-list`, role: 'listbox', 'aria-label': field.label, hidden: true })
  for (const [name, set] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id })) {
    main.setAttribute(name, set)
  }
  combobox({
    input: main, list,
    find: async typed => ({ options: await suggest(field.name, typed) }),
    choose: option => {
      picked = option
      main.value = option.label
    },
  })
  return { control: make('div', { class: 'with-list' }, main, list), main, value }
}

// How a time would be read, said while it is typed.
function echoed(field, main, suggest) {
  const echo = make('p', { class: 'echo', 'aria-live': 'polite' })
  let asked = 0
  const tell = async () => {
    const turn = ++asked
    const found = main.value.trim() ? await suggest(field.name, main.value) : []
    if (turn !== asked) return
    const read = `${main.value.trim()}: `
    const label = found[0]?.label ?? ''
    echo.textContent = label.startsWith(read) ? `→ ${label.slice(read.length)}` : label
    echo.classList.toggle('unsure', !label.startsWith(read))
  }
  main.addEventListener('complaint', () => {
    asked += 1
    echo.textContent = ''
  })
  main.addEventListener('input', tell)
  if (main.value) tell()
  return make('div', {}, main, echo)
}
