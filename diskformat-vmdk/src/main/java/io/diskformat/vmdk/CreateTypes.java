package io.diskformat.vmdk;

import java.util.Locale;
import java.util.Set;

/** The kinds of images that are read, as descriptors name them. */
final class CreateTypes {
  private static final Set<String> KNOWN =
      Set.of(
          "monolithicsparse",
          "monolithicflat",
          "twogbmaxextentsparse",
          "2gbmaxextentsparse",
          "twogbmaxextentflat",
          "2gbmaxextentflat",
          "streamoptimized",
          "vmfs",
          "vmfspreallocated",
          "vmfseagerzeroedthick",
          "vmfsthick",
          "vmfsthin",
          "vmfssparse",
          "sesparse",
          "vmfssesparse",
          "vmfsrdm",
          "vmfsrawdevicemap",
          "vmfsrdmp",
          "vmfspassthroughrawdevicemap",
          "vmfsraw",
          "fulldevice",
          "partitioneddevice",
          "custom");

  private CreateTypes() {}

  /** Returns whether images of a kind are read. Their extents say what they consist of. */
  static boolean isKnown(String createType) {
    return KNOWN.contains(createType.toLowerCase(Locale.ROOT));
  }
}
