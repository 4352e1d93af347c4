package io.diskformat.qcow2;

/**
 * Where the structures of a new image are, whose disk has size 0: the header, the refcount table,
 * refcount blocks, and the encryption header if there is one; all of them clusters one after the
 * other.
 *
 * @param tableClusters the clusters of the refcount table
 * @param blocks the refcount blocks, which count all of these clusters
 * @param encryptionClusters the clusters of the encryption header
 * @param encryptionLength the length of the encryption header, in bytes
 */
record FirstClusters(int tableClusters, int blocks, int encryptionClusters, long encryptionLength) {

  /** Returns the smallest layout that has room for all of its own structures. */
  static FirstClusters of(Qcow2Options options) {
    long encryption = options.encryption().map(luks -> luks.length()).orElse(0L);
    int clusters =
        (int) ((encryption + (1L << options.clusterBits()) - 1) >>> options.clusterBits());
    RefcountBlock.Size refcounts =
        RefcountBlock.of(options.refcountOrder(), options.clusterBits()).sizeFor(1 + clusters);
    return new FirstClusters(
        (int) refcounts.table(), (int) refcounts.blocks(), clusters, encryption);
  }

  /** Returns the first cluster of the refcount table. */
  int table() {
    return 1;
  }

  /** Returns the first refcount block. */
  int block() {
    return table() + tableClusters;
  }

  /** Returns the first cluster of the encryption header, and the end of the tables before it. */
  int encryption() {
    return block() + blocks;
  }

  /** Returns the number of all clusters. */
  int clusters() {
    return encryption() + encryptionClusters;
  }
}
