// The end of a step of decoding: what was drawn is written down, and the batch made
// ready to feed it. With sample it closes a step that needs no word from the host, so
// that one captured graph serves every step and every refill: sequences come and go by
// writing rows of these buffers. A row that ends gets length 0 and slot -1 and rests.
//
//   drawn, limit [B]: tokens of the response, and how many it may have
//   ids, positions, slots, lengths [B]: what the next step reads
//   record, record_logp [B][room]: the response so far  stops [nstops]
extern "C" __global__ void __launch_bounds__(256) decode_advance(int *ids, int *positions, int *slots, int *lengths, int *drawn, int *record,
                                                                float *record_logp, const int *tokens, const float *logp, const int *limit,
                                                                const int *table, const int *stops, int nstops, int rows, int room, int per, int shift) {
  int b = blockIdx.x * 256 + threadIdx.x;
  if (b >= rows || lengths[b] == 0) return;
  int token = tokens[b], n = drawn[b], at = lengths[b];
  if (n < room) {
    record[(long long)b * room + n] = token;
    record_logp[(long long)b * room + n] = logp[b];
  }
  drawn[b] = ++n;
  bool ends = token < 0 || n >= limit[b] || n >= room || at >= per << shift;
  for (int i = 0; i < nstops; i++) ends |= token == stops[i];
  if (ends) {
    lengths[b] = 0;
    slots[b] = -1;
    return;
  }
  ids[b] = token;
  positions[b] = at;
  slots[b] = (table[(long long)b * per + (at >> shift)] << shift) + (at & ((1 << shift) - 1));
  lengths[b] = at + 1;
}
