// A whole life cycle by firecracker-go-sdk, as its users write it.
//
// Arguments: the firecracker binary, the kernel, the disk, an empty folder.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	firecracker "github.com/firecracker-microvm/firecracker-go-sdk"
	"github.com/firecracker-microvm/firecracker-go-sdk/client/models"
	"github.com/sirupsen/logrus"
)

func main() {
	if err := live(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, "failed:", err)
		os.Exit(1)
	}
}

func machine(ctx context.Context, binary, folder, name string, cfg firecracker.Config, opts ...firecracker.Opt) (*firecracker.Machine, error) {
	console, err := os.Create(filepath.Join(folder, name+".console"))
	if err != nil {
		return nil, err
	}
	logger := logrus.New()
	logger.SetLevel(logrus.WarnLevel)
	cmd := firecracker.VMCommandBuilder{}.
		WithBin(binary).
		WithSocketPath(cfg.SocketPath).
		WithArgs([]string{"--log-path", filepath.Join(folder, name+".log")}).
		WithStdout(console).
		Build(ctx)
	opts = append(opts, firecracker.WithProcessRunner(cmd), firecracker.WithLogger(logrus.NewEntry(logger)))
	return firecracker.NewMachine(ctx, cfg, opts...)
}

func stop(m *firecracker.Machine) {
	_ = m.StopVMM()
	ended, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_ = m.Wait(ended)
}

func live(binary, kernel, disk, folder string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	first, err := machine(ctx, binary, folder, "first", firecracker.Config{
		VMID:            "first",
		SocketPath:      filepath.Join(folder, "first.sock"),
		KernelImagePath: kernel,
		KernelArgs:      "console=ttyS0 reboot=k panic=1",
		Drives:          firecracker.NewDrivesBuilder(disk).Build(),
		MachineCfg: models.MachineConfiguration{
			VcpuCount:  firecracker.Int64(1),
			MemSizeMib: firecracker.Int64(128),
			Smt:        firecracker.Bool(false),
		},
	})
	if err != nil {
		return err
	}
	if err := first.Start(ctx); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	defer stop(first)
	info, err := first.DescribeInstanceInfo(ctx)
	if err != nil {
		return fmt.Errorf("describe: %w", err)
	}
	fmt.Println("state", *info.State, "version", *info.VmmVersion)
	if err := first.CreateBalloon(ctx, 8, true, 1); err == nil {
		return fmt.Errorf("a balloon was added to a machine that runs")
	}
	if err := first.UpdateGuestDrive(ctx, "root_drive", disk); err != nil {
		return fmt.Errorf("drive: %w", err)
	}
	if err := first.PauseVM(ctx); err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	memory, state := filepath.Join(folder, "memory"), filepath.Join(folder, "state")
	if err := first.CreateSnapshot(ctx, memory, state); err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	if err := first.ResumeVM(ctx); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if err := first.StopVMM(); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	_ = first.Wait(ctx)
	second, err := machine(ctx, binary, folder, "second", firecracker.Config{
		VMID:       "second",
		SocketPath: filepath.Join(folder, "second.sock"),
	}, firecracker.WithSnapshot(memory, state))
	if err != nil {
		return err
	}
	if err := second.Start(ctx); err != nil {
		return fmt.Errorf("load: %w", err)
	}
	defer stop(second)
	if err := second.ResumeVM(ctx); err != nil {
		return fmt.Errorf("resume what was loaded: %w", err)
	}
	info, err = second.DescribeInstanceInfo(ctx)
	if err != nil {
		return err
	}
	fmt.Println("restored", *info.State)
	return nil
}
