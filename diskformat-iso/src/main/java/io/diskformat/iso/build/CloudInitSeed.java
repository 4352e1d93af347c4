package io.diskformat.iso.build;

import java.time.Instant;
import java.util.Optional;

/**
 * The disc by which cloud-init configures a virtual machine when it first boots: its {@code
 * NoCloud} data source looks for one with the label {@code cidata}.
 */
public final class CloudInitSeed {
  private static final int MODE = 0644;

  private CloudInitSeed() {}

  /**
   * Returns a disc, to be written. Its date is the earliest there is, unless {@code
   * SOURCE_DATE_EPOCH} says otherwise, so that the same texts make the same image.
   *
   * @param userData the content of {@code user-data}
   * @param metaData the content of {@code meta-data}, which has the {@code instance-id}
   * @param networkConfig the content of {@code network-config}, if the network is to be configured
   */
  public static DiscBuilder of(byte[] userData, byte[] metaData, Optional<byte[]> networkConfig) {
    DiscOptions defaults = DiscOptions.defaults();
    DiscBuilder disc =
        new DiscBuilder(
            defaults
                .joliet(DiscOptions.Joliet.STANDARD)
                .padding(false)
                .identifiers(defaults.identifiers().volume("cidata")));
    DiscAttributes attributes = DiscAttributes.of(MODE, defaults.date().orElse(Instant.EPOCH));
    disc.addFile("user-data", DiscContent.of(userData), attributes);
    disc.addFile("meta-data", DiscContent.of(metaData), attributes);
    networkConfig.ifPresent(
        bytes -> disc.addFile("network-config", DiscContent.of(bytes), attributes));
    return disc;
  }
}
