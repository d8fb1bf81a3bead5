package dev.visco.network;

import dev.visco.model.SlotIndex;
import org.jspecify.annotations.Nullable;

/**
 * A network object of the kernel that carries Visco's prefix.
 *
 * @param kind namespace, link, table or route
 * @param ours whether it belongs to this installation, and not to another one on this host
 * @param slot the slot that it belongs to, null for the host's side
 */
public record KernelObject(String kind, String name, boolean ours, @Nullable SlotIndex slot) {}
