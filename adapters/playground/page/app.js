// The page: one connection, what it tells, and where that is shown.

import { composer } from './composer.js'
import { drawDiscord } from './discord.js'
import { find, icon, make, refill } from './dom.js'
import { openForm } from './form.js'
import { drawCard, time } from './own.js'
import { drawSlack } from './slack.js'
import { clock, fromNow, inWords, now, sameDay, setClock } from './times.js'

const BOT = 'commonplace'
const LOOKS = { playground: 'Plain', discord: 'Discord', slack: 'Slack' }
const TRIES = [
  { label: '/poll create', text: '/poll create ' },
  { label: '/groups', text: '/groups' },
  { label: '/resource add', text: '/resource add ' },
]
const SOON = 300 // seconds between two messages of one person that are drawn as one

const state = {
  me: '', people: [], channels: [], messages: {}, commands: [], actions: [], looks: [], look: 'playground',
  unread: { channels: {}, people: {} }, channel: 'general', atHome: false, clock: null,
}
const waiting = new Map() // what was asked → who wants the answer
let socket = null
let form = null
let typing = null
let numbers = 0

// The connection.

function connect() {
  socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`)
  socket.addEventListener('open', () => {
    document.body.classList.remove('offline')
    send({ do: 'be', person: state.me || remembered(), look: state.look })
  })
  socket.addEventListener('message', event => hear(JSON.parse(event.data)))
  socket.addEventListener('close', () => {
    document.body.classList.add('offline')
    setTimeout(connect, 1500)
  })
}

const remembered = () => new URLSearchParams(location.search).get('as') ?? 'ben'

function send(gesture) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(gesture))
}

// Ask for something that is answered; `then` gets the answer.
function ask(gesture, then) {
  const id = `${Date.now().toString(36)}-${++numbers}-${Math.random().toString(36).slice(2, 8)}`
  waiting.set(id, then)
  send({ ...gesture, id, channel: gesture.channel ?? state.channel })
}

const suggest = gesture => new Promise(resolve => ask({ do: 'suggest', ...gesture }, answer => resolve(answer.options)))

function hear(news) {
  switch (news.is) {
    case 'state': return showState(news)
    case 'message': return showMessage(news.message)
    case 'gone': return dropMessage(news)
    case 'channels': return showChannels(news.channels)
    case 'unread': return showUnread(news)
    case 'clock': return showClock(news.clock)
    case 'home': return showHome(news.home)
    case 'refused': return toast(news.text)
    default: {
      const then = waiting.get(news.id)
      waiting.delete(news.id)
      then?.(news)
    }
  }
}

// What somebody does.

function run(gesture, used) {
  ask({ ...gesture, used }, answer => {
    if (answer.problems.length && form) form.showProblems(answer.problems)
    else if (answer.forms.length) showForm(answer.forms[0], used)
    else {
      form?.close()
      form = null
      if (gesture.home && window.innerWidth < 1180) goHome(false)
    }
  })
}

function showForm(drawn, used) {
  form = openForm(drawn, state, {
    send: answers => run({ do: 'submit', link: drawn.link, answers }, used),
    suggest: async (field, typed) => suggest({ link: drawn.link, field, typed }),
  })
}

const actOn = message => ({
  press: (link, label, answers) => run({ do: 'press', link, answers, channel: message.channel, message: message.ref }, label),
  person: ref => state.people.find(p => p.number === ref || p.id === ref)?.name ?? ref,
})
const actAtHome = { press: (link, label, answers) => run({ do: 'press', link, answers, home: true }, label), person: ref => ref }

// Everything at once.

function showState(news) {
  const another = state.me !== news.me
  Object.assign(state, news)
  clock.zone = person(state.me).zone
  find('community').textContent = state.community.name
  find('purpose').textContent = state.community.purpose
  document.title = `${state.community.name} · Commonplace playground`
  if (!state.channels.some(c => c.id === state.channel)) state.channel = state.channels[0].id
  if (another) goHome(false)
  showLooks()
  showClock(state.clock)
  showPeople()
  showChannels(state.channels)
  showHome(state.home)
  showChannel()
}

const person = id => state.people.find(p => p.id === id) ?? { id, name: id, about: '', zone: 'UTC' }

function avatar(id) {
  if (id === BOT) return make('span', { class: 'avatar bot', 'aria-hidden': 'true' }, make('img', { src: '/static/icon.svg', alt: '' }))
  const n = state.people.findIndex(p => p.id === id)
  const initials = person(id).name.split(' ').map(word => word[0]).slice(0, 2).join('')
  return make('span', { class: `avatar tint-${(n + 8) % 8}`, 'aria-hidden': 'true' }, initials)
}

// People, channels, looks.

function showPeople() {
  const chip = p => make('button', {
    type: 'button', class: 'person-chip', 'aria-pressed': String(p.id === state.me), 'data-person': p.id,
    onclick: () => become(p.id),
  }, avatar(p.id), make('span', { class: 'who' }, make('strong', {}, p.name), make('small', {}, p.about)), dot(state.unread.people[p.id], 'new for them'))
  const lead = state.people.filter(p => p.lead)
  const rest = state.people.filter(p => !p.lead)
  const more = make('details', { open: rest.some(p => p.id === state.me) }, make('summary', {}, 'Somebody else'), rest.map(chip))
  find('as').replaceChildren(avatar(state.me), make('span', { class: 'visually-hidden' }, `You are ${person(state.me).name}. Be somebody else`))
  refill(find('people'), ...lead.map(chip), ...rest.length ? [more] : [])
}

function become(id) {
  send({ do: 'be', person: id, look: state.look })
  openSide(false)
}

function dot(n, words) {
  return n ? make('span', { class: 'dot' }, make('span', { class: 'visually-hidden' }, `${n} ${words}`)) : ''
}

function showChannels(channels) {
  state.channels = channels
  const line = c => make('li', {}, make('button', {
    type: 'button', 'data-channel': c.id, 'aria-current': !state.atHome && c.id === state.channel ? 'page' : null,
    onclick: () => openChannel(c.id),
  }, make('span', { class: 'sign', 'aria-hidden': 'true' }, sign(c)), make('span', { class: 'name' }, c.name),
  dot(state.unread.channels[c.id], 'new messages')))
  const homeLine = make('li', { class: 'home-line' }, make('button', {
    type: 'button', 'data-channel': 'home', 'aria-current': state.atHome ? 'page' : null, onclick: () => goHome(true),
  }, make('span', { class: 'sign', 'aria-hidden': 'true' }, icon('M4 9l6-5 6 5v7H4z')), make('span', { class: 'name' }, 'Home')))
  refill(find('channels'), ...channels.filter(c => c.kind === 'open').map(line))
  refill(find('direct'), homeLine, ...channels.filter(c => c.kind !== 'open').map(line))
}

function sign(channel) {
  if (channel.kind === 'direct') return icon('M4 5h12v8H9l-3 3v-3H4z')
  if (channel.kind === 'closed') return icon('M5.5 9h9v7h-9zM7.5 9V6.5a2.5 2.5 0 015 0V9')
  return '#'
}

function openChannel(id) {
  state.channel = id
  goHome(false)
  openSide(false)
  showChannel()
  typing.focus()
}

// On a narrow page Home takes the place of the conversation; on a wide one it is always there.
function goHome(there) {
  state.atHome = there
  document.body.classList.toggle('at-home', there)
  if (there) openSide(false)
  showChannels(state.channels)
}

function showUnread(news) {
  state.unread = news
  showPeople()
  showChannels(state.channels)
}

function showLooks() {
  const legend = find('looks').querySelector('legend')
  find('looks').replaceChildren(legend, ...state.looks.map(look => make('label', {},
    make('input', { type: 'radio', name: 'look', value: look, checked: look === state.look, onchange: () => send({ do: 'look', look }) }),
    make('span', {}, LOOKS[look] ?? look))))
  document.body.dataset.look = state.look
}

function openSide(open) {
  document.body.classList.toggle('side-open', open)
  find('menu').setAttribute('aria-expanded', String(open))
  find('shade').hidden = !open
  if (open) find('people').querySelector('[aria-pressed=true]').focus()
}

// The conversation.

function showChannel() {
  const channel = state.channels.find(c => c.id === state.channel)
  const log = find('log')
  find('place').textContent = channel.kind === 'direct' ? channel.name : `${channel.kind === 'open' ? '# ' : ''}${channel.name}`
  find('topic').textContent = channel.topic
  find('line').placeholder = channel.kind === 'direct' ? 'Type / for commands' : `Message #${channel.name}, or / for commands`
  log.setAttribute('aria-busy', 'true') // so that a whole channel is not read out as news
  log.replaceChildren()
  for (const message of state.messages[channel.id] ?? []) append(message)
  if (!log.children.length) log.append(make('p', { class: 'empty' }, channel.kind === 'direct'
    ? 'Nothing here yet. The bot writes to you only when you asked for it.' : 'Nothing here yet. Type / to see what can be done.'))
  log.scrollTop = log.scrollHeight
  log.setAttribute('aria-busy', 'false')
  showChannels(state.channels)
  markRead()
}

function markRead() {
  if (!document.hidden) send({ do: 'read', channel: state.channel })
}

function append(message) {
  const log = find('log')
  log.querySelector('.empty')?.remove()
  const before = log.lastElementChild?.message
  if (!before || !sameDay(before.at, message.at)) {
    log.append(make('p', { class: 'day' }, make('span', {}, inWords(message.at, 'day'))))
  }
  log.append(drawMessage(message, before))
}

function showMessage(message) {
  const kept = state.messages[message.channel] ??= []
  const place = kept.findIndex(m => m.ref === message.ref)
  if (place < 0) kept.push(message)
  else kept[place] = message
  if (message.channel !== state.channel) return
  const log = find('log')
  const low = log.scrollHeight - log.scrollTop - log.clientHeight < 120
  const old = [...log.children].find(each => each.message?.ref === message.ref)
  if (old) exchange(old, drawMessage(message, old.before))
  else append(message)
  if (low || message.only || message.by === state.me) scrollDown()
  markRead()
}

// An edited card keeps the keyboard where it was.
function exchange(old, fresh) {
  const link = document.activeElement?.dataset.link
  const had = link && old.contains(document.activeElement)
  old.replaceWith(fresh)
  if (had) ([...fresh.querySelectorAll('[data-link]')].find(each => each.dataset.link === link) ?? find('line')).focus()
}

function dropMessage({ channel, ref }) {
  state.messages[channel] = (state.messages[channel] ?? []).filter(m => m.ref !== ref)
  if (channel !== state.channel) return
  const old = [...find('log').children].find(each => each.message?.ref === ref)
  const had = old?.contains(document.activeElement)
  old?.remove()
  if (had) typing.focus()
}

function scrollDown() {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches
  find('log').scrollTo({ top: find('log').scrollHeight, behavior: calm ? 'auto' : 'smooth' })
}

function drawMessage(message, before) {
  const bot = message.by === BOT
  const alone = message.only && state.channels.find(c => c.id === message.channel)?.kind !== 'direct'
  const again = before && before.by === message.by && !message.used && !message.only && !before.only && !bot && message.at - before.at < SOON
  const name = bot ? 'Commonplace' : person(message.by).name
  const shown = make('article', { class: `message ${alone ? 'private' : ''} ${again ? 'again' : ''}`.trim(), 'aria-label': `${name}, ${inWords(message.at)}` },
    message.used ? make('p', { class: 'used' }, `${message.usedBy === state.me ? 'You' : person(message.usedBy).name} `, message.used.startsWith('/') ? 'used ' : 'pressed ', make('code', {}, message.used)) : '',
    again ? '' : avatar(message.by),
    make('div', { class: 'body' },
      again ? '' : make('p', { class: 'by' }, make('strong', {}, name), bot ? make('span', { class: 'app' }, 'app') : '', time(message.at, 'time')),
      message.text ? make('p', { class: 'said' }, message.text) : '',
      message.card ? drawn(message) : files(message),
      message.payload ? payload(message) : '',
      alone ? make('p', { class: 'only' }, icon('M2.5 10s2.7-5 7.5-5 7.5 5 7.5 5-2.7 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 100 4 2 2 0 000-4z'), 'Only you can see this · ',
        make('button', { type: 'button', class: 'plain-link', onclick: () => send({ do: 'dismiss', channel: message.channel, message: message.ref }) }, 'Dismiss')) : ''),
    bot || !state.actions.length ? '' : actions(message, name))
  shown.message = message
  shown.before = before
  return shown
}

function drawn(message) {
  const draw = message.payload && { discord: drawDiscord, slack: drawSlack }[state.look]
  return draw ? draw(message.payload, actOn(message), message) : drawCard(message.card, actOn(message), message.files)
}

const files = message => message.files.map(file => make('a', { class: 'file', href: file.url, download: file.name }, file.name))

function payload(message) {
  const text = make('pre', { tabindex: 0, 'aria-label': 'Payload' })
  return make('details', { class: 'payload', ontoggle: event => {
    if (event.target.open) text.textContent = JSON.stringify(message.payload, null, 2)
  } }, make('summary', {}, `What ${LOOKS[state.look]} gets`), text)
}

// What can be done with somebody's message, as both platforms offer it.
function actions(message, name) {
  const run_ = action => run({ do: 'use', action: action.name, message: message.ref }, action.title)
  const more = make('details', { class: 'more', onkeydown: event => {
    if (event.key === 'Escape' && more.open) {
      more.open = false
      more.querySelector('summary').focus()
    }
  } },
  make('summary', {}, make('span', { class: 'visually-hidden' }, `What to do with the message of ${name}`), icon('M5 10h.01M10 10h.01M15 10h.01')),
  make('div', {}, state.actions.map(action => make('button', { type: 'button', onclick: () => {
    more.open = false
    run_(action)
  } }, action.title))))
  return more
}

// Home and the clock.

function showHome(card) {
  state.home = card
  find('home-whose').textContent = `What ${person(state.me).name} sees`
  refill(find('home-card'), card ? drawCard(card, actAtHome) : make('p', { class: 'empty' }, 'Nothing here yet.'))
}

function showClock(told) {
  state.clock = told
  setClock(told.now)
  tick()
  const next = told.coming.find(due => due.at > told.now)
  find('next').disabled = !next
  find('next').title = next ? `${next.what}, ${fromNow(next.at)}` : 'Nothing is planned'
  document.body.classList.remove('moving')
}

function tick() {
  if (!state.clock) return
  find('now').textContent = inWords(now())
  find('now').title = `${person(state.me).name}’s time, ${clock.zone}`
  find('now').dateTime = new Date(now() * 1000).toISOString()
}

function showComing() {
  const coming = state.clock.coming
  const dialog = find('coming')
  dialog.replaceChildren(
    make('header', {}, make('h2', { id: 'coming-title' }, 'What comes next'),
      make('p', { class: 'about' }, `It is ${inWords(now(), 'full')} for ${person(state.me).name} (${clock.zone}). Move the clock to see reminders and closings happen.`)),
    coming.length
      ? make('ol', { class: 'due' }, coming.map(due => make('li', {}, time(due.at), make('span', {}, due.what))))
      : make('p', { class: 'empty' }, 'Nothing is planned.'),
    make('footer', {}, make('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, 'Close')))
  dialog.showModal()
}

function toast(words) {
  const shown = make('p', {}, words)
  find('toasts').append(shown)
  setTimeout(() => shown.remove(), 6000)
}

// Start.

typing = composer(state, {
  suggest,
  run: (command, answers, text) => run({ do: 'command', command, answers }, text),
  say: text => send({ do: 'say', channel: state.channel, text }),
  complain: toast,
})
find('tries').append(...TRIES.map(({ label, text }) => make('button', { type: 'button', class: 'try', onclick: () => {
  goHome(false)
  typing.fill(text)
} }, label)))
find('hide-intro').addEventListener('click', () => {
  find('intro').hidden = true
  typing.focus()
})
find('menu').addEventListener('click', () => openSide(!document.body.classList.contains('side-open')))
find('as').addEventListener('click', () => {
  if (window.innerWidth < 820) openSide(true)
  else find('people').querySelector('[aria-pressed=true]')?.focus()
})
find('shade').addEventListener('click', () => openSide(false))
find('time').addEventListener('click', showComing)
for (const each of document.querySelectorAll('[data-move]')) {
  each.addEventListener('click', () => {
    document.body.classList.add('moving')
    const next = state.clock.coming.find(due => due.at > now())
    if (each.dataset.move === 'next' && next) toast(`${inWords(next.at)} · ${next.what}`)
    send({ do: 'clock', move: each.dataset.move })
  })
}
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && document.body.classList.contains('side-open')) {
    openSide(false)
    find('menu').focus()
  }
})
document.addEventListener('visibilitychange', () => state.me && markRead())
setInterval(tick, 1000)
connect()
