// Each visitor takes one of the linked sessions and writes to its peer.
const pairs = process.env.SESSIONS.split(',').map((pair) => pair.split('='));
let next = 0;

module.exports = {
  choose(context, _events, done) {
    [context.vars.session, context.vars.number] = pairs[next++ % pairs.length];
    done();
  },
};
