package dev.visco.verify;

import dev.visco.model.GuestLink;
import dev.visco.model.MacAddress;
import dev.visco.model.Transport;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a boot at one moment.
 *
 * @param root the {@code root=} that was asked for
 * @param console everything on the console so far
 * @param alive whether the VMM still runs
 * @param arpAsked whether anybody was asked yet who has the guest's address
 * @param arp the MAC that answered on the TAP, null when nobody did
 * @param guest what the guest said of itself, by the names of {@link GuestQuestions}; null before a
 *     shell answered
 * @param shell why there is no shell yet, null when there is one
 * @param hasDesktop whether the image has one
 * @param desktop what the last look at it found, null before the first
 * @param wayOut what came out when the guest was to reach the outside, null before the first try
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
    @Nullable WayOut wayOut) {}
