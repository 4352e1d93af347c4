package io.diskformat.vmdk;

/** The adapter that a disk is made for. It decides the number of heads in the disk's geometry. */
enum AdapterType {
  IDE("ide", 16),
  BUSLOGIC("buslogic", 255),
  LSILOGIC("lsilogic", 255),
  LEGACY_ESX("legacyESX", 255);

  /** The sectors of a track. */
  static final int SECTORS = 63;

  /** The name in options and descriptors. */
  final String text;

  final int heads;

  AdapterType(String text, int heads) {
    this.text = text;
    this.heads = heads;
  }

  /** Returns the adapter of a name. */
  static AdapterType named(String text) {
    for (AdapterType adapter : values()) {
      if (adapter.text.equals(text)) {
        return adapter;
      }
    }
    throw new IllegalArgumentException(text);
  }

  /** Returns how many cylinders a disk has. */
  long cylinders(long sectors) {
    return sectors / ((long) SECTORS * heads);
  }
}
