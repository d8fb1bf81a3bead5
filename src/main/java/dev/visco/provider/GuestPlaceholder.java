package dev.visco.provider;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What stands in a VM instead of a credential. Nothing of it is secret.
 *
 * @param environment variables of the tool, whatever it is started for
 * @param files of whom the tool runs as, instead of those with the credential
 * @param trust makes the guest trust the certificates of the provider's hosts
 */
public record GuestPlaceholder(
    Map<String, String> environment, List<SeedFile> files, GuestTrust trust) {
  public GuestPlaceholder {
    environment = Map.copyOf(environment);
    files = List.copyOf(files);
  }

  /**
   * A certificate of an authority, which may name the provider's hosts and no others (RFC 5280,
   * section 4.2.1.10), and a command that makes the guest trust it.
   *
   * @param provider whose hosts it is for
   * @param certificate in PEM
   */
  public record GuestTrust(String provider, String certificate) {
    private static final String FOLDER = "/etc/visco/authorities/";

    /** Where the certificate lies in the guest. */
    public String path() {
      return path(provider);
    }

    /** Where the certificate for a provider's hosts lies in the guest. */
    public static String path(String provider) {
      return FOLDER + "visco-" + provider + ".crt";
    }

    /**
     * A command for the guest's root, with {@link #input} as its standard input: writes the
     * certificate, and adds it to the store of the system, as Debian, Alpine, Fedora and Arch have
     * it. Safe to repeat. Exits 0 as well where there is no such store: tools that are told of the
     * file by a variable do without one.
     */
    public List<String> installation() {
      return List.of("sh", "-c", INSTALLATION, "visco", path(), "visco-" + provider + ".crt");
    }

    /** The standard input of {@link #installation}. */
    public byte[] input() {
      return certificate.getBytes(StandardCharsets.US_ASCII);
    }

    /** A command for the guest's root that takes the certificate away again. Safe to repeat. */
    public static List<String> removal(String provider) {
      return List.of("sh", "-c", REMOVAL, "visco", path(provider), "visco-" + provider + ".crt");
    }

    /**
     * Debian and Alpine: what their update-ca-certificates does, for one certificate; itself it
     * takes minutes in a guest that is emulated, and would put this one in as well.
     */
    private static final String BUNDLE =
        """
        bundle=/etc/ssl/certs/ca-certificates.crt
        local=/usr/local/share/ca-certificates
        without() {
          awk -v key="$(sed -n 2p "$1")" '
            /-BEGIN CERTIFICATE-/ { block = ""; is = 0; inside = 1 }
            inside {
              block = block $0 "\\n"
              if ($0 == key) is = 1
              if (/-END CERTIFICATE-/) { inside = 0; if (!is) printf "%s", block }
              next
            }
            { print }' "$bundle"
        }
        hash() { openssl x509 -noout -subject_hash -in "$1" 2>/dev/null; }
        take_out() {
          [ -f "$1" ] && [ -f "$bundle" ] || return 0
          without "$1" > "$bundle.visco"
          mv "$bundle.visco" "$bundle"
          id=$(hash "$1") && rm -f "/etc/ssl/certs/$id.0" || true
          rm -f "$local/$2" "/etc/ssl/certs/${2%.crt}.pem"
        }
        """;

    private static final String INSTALLATION =
        "set -e\n"
            + BUNDLE
            + """
            mkdir -p "${1%/*}"
            umask 022
            cat > "$1.new"
            take_out "$1" "$2"
            mv "$1.new" "$1"
            if [ -f "$bundle" ] && [ -d "$local" ]
            then
              cp "$1" "$local/$2"
              { cat "$bundle"; cat "$1"; } > "$bundle.visco"
              mv "$bundle.visco" "$bundle"
              ln -sf "$local/$2" "/etc/ssl/certs/${2%.crt}.pem"
              id=$(hash "$1") && ln -sf "${2%.crt}.pem" "/etc/ssl/certs/$id.0" || true
            elif [ -d /etc/pki/ca-trust/source/anchors ]
            then
              cp "$1" "/etc/pki/ca-trust/source/anchors/$2"
              update-ca-trust
            elif [ -d /etc/ca-certificates/trust-source/anchors ]
            then
              cp "$1" "/etc/ca-certificates/trust-source/anchors/$2"
              trust extract-compat
            fi
            """;

    private static final String REMOVAL =
        "set -e\n"
            + BUNDLE
            + """
            take_out "$1" "$2"
            if [ -f "/etc/pki/ca-trust/source/anchors/$2" ]
            then
              rm "/etc/pki/ca-trust/source/anchors/$2"
              update-ca-trust
            elif [ -f "/etc/ca-certificates/trust-source/anchors/$2" ]
            then
              rm "/etc/ca-certificates/trust-source/anchors/$2"
              trust extract-compat
            fi
            rm -f "$1"
            """;
  }
}
