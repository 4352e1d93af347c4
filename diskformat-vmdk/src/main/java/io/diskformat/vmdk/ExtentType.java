package io.diskformat.vmdk;

/** How an extent is stored, by the words that a descriptor uses. */
enum ExtentType {
  /** The bytes of a file, from some sector of it on. */
  FLAT,
  /** The bytes of a file of ESX. */
  VMFS,
  /** The bytes of a device of ESX, or of a file that stands for it. */
  VMFSRAW,
  /** As {@link #VMFSRAW}. */
  VMFSRDM,
  /** Nothing; reads as zeroes. */
  ZERO,
  /** A hosted sparse file. */
  SPARSE,
  /** A COWD file. */
  VMFSSPARSE,
  /** A space-efficient sparse file. */
  SESPARSE,
  /** An object of vSAN, whose format nobody has published. */
  VSANSPARSE;

  /** Returns whether an extent's bytes are those of its file. */
  boolean isFlat() {
    return this == FLAT || this == VMFS || this == VMFSRAW || this == VMFSRDM;
  }
}
