package io.diskformat.imageservice.download;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which addresses are nobody's on the web: this machine, its links, and what clouds tell machines.
 */
final class AddressRules {
  /** What some libraries take for an address: numbers, of which one or more say it all. */
  private static final Pattern NUMBERS =
      Pattern.compile("(0x[0-9a-f]*|[0-9]+)(\\.(0x[0-9a-f]*|[0-9]+)){0,3}\\.?");

  private static final Pattern QUAD =
      Pattern.compile(
          "(0|[1-9][0-9]{0,2})\\.(0|[1-9][0-9]{0,2})\\.(0|[1-9][0-9]{0,2})\\.(0|[1-9][0-9]{0,2})");

  /** Where clouds keep the secrets of a machine, besides the address on its link. */
  private static final Set<String> METADATA =
      Set.of("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2:0:0:0:0:0:254");

  private AddressRules() {}

  /** Returns whether a host is an address in a spelling that not everybody reads alike. */
  static boolean isAmbiguous(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    if (!NUMBERS.matcher(lower).matches()) {
      return false;
    }
    Matcher quad = QUAD.matcher(lower);
    if (!quad.matches()) {
      return true;
    }
    for (int i = 1; i <= quad.groupCount(); i++) {
      if (Integer.parseInt(quad.group(i)) > 255) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether an address is one that others on the web cannot have. */
  static boolean isLocal(InetAddress address) {
    if (address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isAnyLocalAddress()
        || address.isMulticastAddress()
        || METADATA.contains(address.getHostAddress())) {
      return true;
    }
    byte[] bytes = address.getAddress();
    if (address instanceof Inet4Address) {
      // "This network", and those that nobody has.
      return bytes[0] == 0 || (bytes[0] & 0xf0) == 0xf0;
    }
    return address instanceof Inet6Address && isLocalInside(bytes);
  }

  /** Some addresses of version 6 have one of version 4 in them, to which a gateway passes on. */
  private static boolean isLocalInside(byte[] bytes) {
    if (startsWith(bytes, 0x20, 0x02)) {
      return isLocal(bytes, 2);
    }
    if (startsWith(bytes, 0x00, 0x64, 0xff, 0x9b)
        || startsWith(bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        || startsWith(bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0)) {
      return isLocal(bytes, 12);
    }
    return false;
  }

  private static boolean startsWith(byte[] bytes, int... first) {
    for (int i = 0; i < first.length; i++) {
      if ((bytes[i] & 0xff) != first[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLocal(byte[] bytes, int at) {
    try {
      return isLocal(InetAddress.getByAddress(Arrays.copyOfRange(bytes, at, at + 4)));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }
}
