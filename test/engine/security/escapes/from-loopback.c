/* Sends UDP on eth0, five times a second, from an address of the machine's own loopback: <mac> <address> <port>. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct packet {
  struct iphdr ip;
  struct udphdr udp;
  char text[8];
} __attribute__((packed));

static uint16_t checksum(const struct packet *packet) {
  uint32_t sum = 0;
  const uint8_t *bytes = (const uint8_t *)packet;
  for (size_t i = 0; i < sizeof packet->ip; i += 2) {
    uint16_t word;
    memcpy(&word, bytes + i, sizeof word);
    sum += word;
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

int main(int argc, char **argv) {
  struct packet packet = { .ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_UDP }, .text = "spoofed" };
  struct sockaddr_ll gateway = { .sll_family = AF_PACKET, .sll_protocol = htons(0x0800), .sll_halen = 6 };
  if (argc != 4) return 2;
  uint8_t *mac = gateway.sll_addr;
  if (sscanf(argv[1], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6) return 2;
  packet.ip.tot_len = htons(sizeof packet);
  packet.ip.saddr = inet_addr("127.0.0.2");
  packet.ip.daddr = inet_addr(argv[2]);
  packet.ip.check = checksum(&packet);
  packet.udp.source = htons(4000);
  packet.udp.dest = htons((uint16_t)atoi(argv[3]));
  packet.udp.len = htons(sizeof packet - sizeof packet.ip);
  gateway.sll_ifindex = (int)if_nametoindex("eth0");
  int fd = socket(AF_PACKET, SOCK_DGRAM, htons(0x0800));
  if (fd < 0) return perror("socket"), 1;
  for (;;) {
    if (sendto(fd, &packet, sizeof packet, 0, (struct sockaddr *)&gateway, sizeof gateway) < 0) return perror("sendto"), 1;
    if (write(1, "said\n", 5) < 0) return 1;
    usleep(200000);
  }
}
