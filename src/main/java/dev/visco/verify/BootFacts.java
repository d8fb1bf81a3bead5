package dev.visco.verify;

import dev.visco.model.GuestLink;
import dev.visco.model.MacAddress;
import dev.visco.model.Transport;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything known about a boot at one moment.
 *
 * @param root the value of {@code root=} on the kernel's command line
 * @param console the console's output so far
 * @param alive whether the VMM still runs
 * @param arpAsked whether an ARP request for the guest's address was sent yet
 * @param arp the MAC address that answered on the TAP; null when none did
 * @param guest the guest's answers about itself, by the names of {@link GuestQuestions}; null
 *     before a shell has answered
 * @param shell why no command can be run in the guest yet; null when one can
 * @param hasDesktop whether the image has a desktop
 * @param desktop the result of the last probe of the desktop; null before the first
 * @param hasSignIn whether the image has a sign-in helper
 * @param signIn what the sign-in helper said; null before it was asked
 * @param wayOut the result of the guest's last try to reach the outside; null before the first
 */
public record BootFacts(
    Transport transport,
    String root,
    GuestLink link,
    String console,
    boolean alive,
    boolean arpAsked,
    @Nullable MacAddress arp,
    @Nullable Map<String, String> guest,
    @Nullable String shell,
    boolean hasDesktop,
    @Nullable DesktopFacts desktop,
    boolean hasSignIn,
    @Nullable SignInFacts signIn,
    @Nullable WayOut wayOut) {}
