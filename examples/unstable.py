"""A script with known causes of instability in it, for `stablebert doctor`, which reads it and never runs it."""

from pytorch_pretrained_bert import BertAdam
from torch.utils.data import DataLoader
from transformers import AutoModelForSequenceClassification

EPOCHS = 3


def train(examples):
    """Fine-tune on examples as many did in 2019."""
    model = AutoModelForSequenceClassification.from_pretrained("bert-large-uncased", num_labels=2)
    optimizer = BertAdam(model.parameters(), lr=2e-5, warmup=0.1, t_total=32 * EPOCHS, weight_decay=0.0)
    for _ in range(EPOCHS):
        for batch in DataLoader(examples, batch_size=32, shuffle=True):
            model(**batch).loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    return model
